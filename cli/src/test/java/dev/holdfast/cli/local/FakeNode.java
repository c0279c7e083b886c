// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Takes the flags of a node, binds its ports and says that it is ready; or fails, when told to. */
final class FakeNode {
  private FakeNode() {}

  static NodeProgram program(String... behaviour) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx32m",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .filter(entry -> entry.endsWith("classes"))
                    .reduce((a, b) -> a + File.pathSeparator + b)
                    .orElse("."),
                FakeNode.class.getName()));
    command.addAll(List.of(behaviour));
    return new NodeProgram(command);
  }

  public static void main(String[] arguments) throws Exception {
    List<String> flags = List.of(arguments);
    String id = flags.get(flags.indexOf("--id") + 1);
    String api = flags.get(flags.indexOf("--api") + 1);
    int port = Integer.parseInt(api.substring(api.indexOf(':') + 1));
    System.out.println(id + " starts with " + flags);
    if (flags.contains("die-" + id)) {
      System.out.println("the disk of " + id + " is on fire");
      System.exit(70);
    }
    if (flags.contains("removed-" + id)) {
      System.exit(71);
    }
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket peer = new ServerSocket(port + 1, 1, loopback);
        ServerSocket raft = new ServerSocket(port + 2, 1, loopback)) {
      HttpServer server = HttpServer.create(new InetSocketAddress(loopback, port), 0);
      byte[] status =
          "{\"nodes\":[{\"id\":\"n1\",\"role\":\"leader\"}]}".getBytes(StandardCharsets.UTF_8);
      int code = flags.contains("hang-" + id) ? 503 : 200;
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(code, status.length);
            exchange.getResponseBody().write(status);
            exchange.close();
          });
      server.start();
      System.out.println("listens on " + peer.getLocalPort() + " and " + raft.getLocalPort());
      new CountDownLatch(1).await();
    }
  }
}
