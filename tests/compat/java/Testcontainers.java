// SPDX-License-Identifier: Apache-2.0

// testcontainers-java: containers for tests, with ports, logs, commands, files and a network.
// DOCKER_HOST says where.

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;

public class Testcontainers {
	private static GenericContainer<?> container(String... command) {
		return new GenericContainer<>("bb:1").withCommand(command);
	}

	public static void main(String[] arguments) throws Exception {
		try (Network network = Network.newNetwork();
				GenericContainer<?> web = container("sh", "-c", "echo ready; exec sleep 1000")
						.withExposedPorts(80).withEnv("A", "b").withNetwork(network).withNetworkAliases("web")
						.withCopyToContainer(Transferable.of("inside"), "/tmp/given")
						.waitingFor(Wait.forLogMessage(".*ready.*\\n", 1));
				GenericContainer<?> client = container("sleep", "1000").withNetwork(network)) {
			web.start();
			client.start();
			var done = web.execInContainer("sh", "-c", "echo $A; exit 3");
			System.out.println("exec: " + done.getExitCode() + " " + done.getStdout().trim());
			System.out.println("logs: " + web.getLogs().trim());
			System.out.println("port: " + (web.getMappedPort(80) > 0));
			web.copyFileToContainer(Transferable.of("again"), "/tmp/later");
			System.out.println("copy out: " + web.copyFileFromContainer("/tmp/given", in -> new String(in.readAllBytes())));
			System.out.println("ping: " + client.execInContainer("ping", "-c", "1", "-w", "20", "web").getExitCode());
		}
	}
}
