// SPDX-License-Identifier: Apache-2.0

// The HttpClient of Java, which offers h2c with its requests. It has no unix sockets: a relay of bytes leads
// there. Prints one line a step: the status, the version and the answer's headers. Arguments: SOCKET POLICY.

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.TreeMap;

public class Offer {
	private static final String BODY =
			"{\"Image\":\"bb:1\",\"Cmd\":[\"sleep\",\"1000\"],\"StopTimeout\":0}";
	private static HttpClient client;
	private static String base;

	private static void start(Runnable work) {
		Thread thread = new Thread(work);
		thread.setDaemon(true);
		thread.start();
	}

	private static void copy(SocketChannel from, SocketChannel to) {
		ByteBuffer bytes = ByteBuffer.allocate(65536);
		try {
			while (from.read(bytes) >= 0) {
				bytes.flip();
				while (bytes.hasRemaining())
					to.write(bytes);
				bytes.clear();
			}
			to.shutdownOutput();
		} catch (IOException gone) {
			// The other direction sees it too.
		}
	}

	private static void relay(ServerSocketChannel listener, String socket) {
		try {
			while (true) {
				SocketChannel near = listener.accept();
				SocketChannel far = SocketChannel.open(StandardProtocolFamily.UNIX);
				far.connect(UnixDomainSocketAddress.of(socket));
				start(() -> copy(near, far));
				start(() -> copy(far, near));
			}
		} catch (IOException err) {
			System.out.println("relay: " + err);
		}
	}

	// Dates and lengths differ from call to call, and Connection is of the connection alone.
	private static String shown(HttpResponse<String> answer) {
		var headers = new TreeMap<>(answer.headers().map());
		headers.remove("date");
		headers.remove("content-length");
		headers.remove("connection");
		String body = answer.body();
		return answer.statusCode() + " " + answer.version() + " " + headers + " " +
				(body.startsWith("{\"message\"") ? body.trim() : !body.isEmpty());
	}

	private static void step(String name, String method, String path, String body) {
		try {
			var request = HttpRequest.newBuilder(URI.create(base + path)).method(method,
					body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
			if (body != null)
				request.header("Content-Type", "application/json");
			System.out.println(name + ": " + shown(client.send(request.build(), BodyHandlers.ofString())));
		} catch (IOException | InterruptedException err) {
			System.out.println(name + ": failed " + err);
		}
	}

	public static void main(String[] arguments) throws IOException {
		var listener = ServerSocketChannel.open();
		listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		start(() -> relay(listener, arguments[0]));
		base = "http://localhost:" + ((InetSocketAddress) listener.getLocalAddress()).getPort();
		client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2)
				.followRedirects(HttpClient.Redirect.NORMAL).build();
		step("ping", "GET", "/_ping", null);
		step("head", "HEAD", "/_ping", null);
		step("version", "GET", "/v1.41/version", null);
		step("list", "GET", "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22none%22%5D%7D", null);
		step("nobody", "GET", "/containers/nobody/json", null);
		step("events of the past", "GET", "/events?since=1&until=2", null);
		step("create", "POST", "/containers/create?name=by-java", BODY);
		step("start", "POST", "/containers/by-java/start", null);
		step("state", "GET", "/containers/by-java/json", null);
		step("stats", "GET", "/containers/by-java/stats?stream=0", null);
		step("exec", "POST", "/containers/by-java/exec", "{\"Cmd\":[\"true\"]}");
		step("stop", "POST", "/containers/by-java/stop?t=0", null);
		step("logs", "GET", "/containers/by-java/logs?stdout=1", null);
		step("remove", "DELETE", "/containers/by-java?force=1", null);
		step("gone", "DELETE", "/containers/by-java?force=1", null);
		if (arguments[1].equals("all")) {
			step("unclean path, followed", "GET", "/containers//json", null);
			step("df", "GET", "/system/df", null);
		}
		System.exit(0);
	}
}
