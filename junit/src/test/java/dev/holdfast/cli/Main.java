// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A node that is nothing but its process: it says that it is ready, and that n1 leads. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    List<String> flags = List.of(arguments);
    System.out.println("started with " + String.join(" ", flags));
    System.out.println("with fake.flag " + System.getProperty("fake.flag"));
    System.out.println("with a heap of " + Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB");
    String id = after(flags, "--id");
    if (flags.contains("dies=" + id)) {
      System.out.println(id + " dies on purpose");
      System.exit(3);
    }
    Path data = Files.createDirectories(Path.of(after(flags, "--data")));
    Files.writeString(data.resolve("pid"), Long.toString(ProcessHandle.current().pid()));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ends in order")));
    String api = after(flags, "--api");
    int colon = api.indexOf(':');
    int port = Integer.parseInt(api.substring(colon + 1));
    HttpServer server = HttpServer.create(new InetSocketAddress(api.substring(0, colon), port), 0);
    server.createContext("/health/ready", exchange -> answer(exchange, "{}"));
    server.createContext("/v1/cluster", exchange -> answer(exchange, "{\"leader\":\"n1\"}"));
    server.start();
  }

  private static String after(List<String> flags, String flag) {
    return flags.get(flags.indexOf(flag) + 1);
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
