// SPDX-License-Identifier: Apache-2.0

// docker-java with the calls that Jenkins' docker plugin makes for an agent that it reaches by SSH or that
// calls back: what there is of its own, a container with a file put into it, its state, and its end.
// Arguments: SOCKET IMAGE.

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.Map;

public class Jenkins {
	private static final Map<String, String> LABELS = Map.of("com.nirima.jenkins.plugins.docker.JenkinsId", "x");

	private static DockerClient client(String socket) {
		var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
				.withDockerHost("unix://" + socket).build();
		return DockerClientImpl.getInstance(config,
				new ZerodepDockerHttpClient.Builder().dockerHost(URI.create("unix://" + socket)).build());
	}

	// A registry that is not there answers with an error that is not sockwarden's.
	private static void pull(DockerClient docker, String image) throws InterruptedException {
		try {
			docker.pullImageCmd(image).exec(new ResultCallback.Adapter<PullResponseItem>()).awaitCompletion();
		} catch (RuntimeException err) {
			if (String.valueOf(err.getMessage()).contains("sockwarden:"))
				throw err;
		}
	}

	// An empty archive: two blocks of zeros.
	private static ByteArrayInputStream archive() {
		return new ByteArrayInputStream(new byte[1024]);
	}

	public static void main(String[] arguments) throws Exception {
		String image = arguments[1];
		try (DockerClient docker = client(arguments[0])) {
			System.out.println("version: " + !docker.versionCmd().exec().getVersion().isEmpty());
			docker.listContainersCmd().withShowAll(true).withLabelFilter(LABELS).exec();
			pull(docker, image);
			docker.inspectImageCmd(image).exec();
			String id = docker.createContainerCmd(image).withName("agent-1").withLabels(LABELS)
					.withHostConfig(new HostConfig().withPublishAllPorts(true).withPrivileged(false)
							.withPortBindings(new Ports(ExposedPort.tcp(22), Ports.Binding.empty())))
					.withExposedPorts(ExposedPort.tcp(22)).withCmd("sleep", "1000").withTty(true)
					.withEnv("JENKINS_URL=http://ci.example.org/").exec().getId();
			docker.copyArchiveToContainerCmd(id).withRemotePath("/root").withTarInputStream(archive()).exec();
			docker.startContainerCmd(id).exec();
			var state = docker.inspectContainerCmd(id).exec();
			System.out.println("running: " + state.getState().getRunning());
			System.out.println("port: " + !state.getNetworkSettings().getPorts().getBindings().isEmpty());
			docker.stopContainerCmd(id).withTimeout(0).exec();
			docker.removeContainerCmd(id).withRemoveVolumes(true).exec();
			try {
				docker.inspectContainerCmd(id).exec();
			} catch (NotFoundException gone) {
				System.out.println("gone: true");
			}
		}
	}
}
