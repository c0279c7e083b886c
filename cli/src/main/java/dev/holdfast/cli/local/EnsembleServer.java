// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One server of a ZooKeeper ensemble, run from the jars of a distribution.
 *
 * @param place of this one in the ensemble, from 0
 * @param home gets its configuration and its data
 * @param tickMillis followers and leader miss each other after ten of them; sessions get 2 to 20
 */
public record EnsembleServer(int place, Path home, List<Address> ensemble, int tickMillis) {
  /** What {@code zookeeper.juteMaxBuffer} of the nodes is, too. */
  public static final String JUTE_MAX_BUFFER = "4MiB";

  private static final int JUTE_MAX_BUFFER_BYTES = 4 << 20;
  private static final int ASK_MILLIS = 1_000;
  private static final String MODE = "Mode: ";

  public EnsembleServer {
    ensemble = List.copyOf(ensemble);
  }

  /**
   * Where a server listens.
   *
   * @param port for clients; the next two are for the quorum and for elections
   */
  public record Address(String host, int port) {
    String client() {
      return host + ":" + port;
    }

    String peers() {
      return host + ":" + (port + 1) + ":" + (port + 2);
    }

    List<Integer> ports() {
      return List.of(port, port + 1, port + 2);
    }

    /**
     * {@code leader} or {@code follower}; empty when it does not answer, or knows no majority: then
     * it says so instead.
     */
    public Optional<String> mode() {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), ASK_MILLIS);
        socket.setSoTimeout(ASK_MILLIS);
        socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
        String answer =
            new String(socket.getInputStream().readNBytes(4_096), StandardCharsets.UTF_8);
        return answer
            .lines()
            .filter(line -> line.startsWith(MODE))
            .map(line -> line.substring(MODE.length()))
            .findFirst();
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  /** {@code zk1}, {@code zk2}, … */
  public static String id(int place) {
    return "zk" + (place + 1);
  }

  /** What {@code zookeeper.connect} of the nodes is. */
  public static String connect(List<Address> ensemble) {
    return ensemble.stream().map(Address::client).collect(Collectors.joining(","));
  }

  /**
   * Writes its configuration; data that is there stays.
   *
   * @param distribution whose jars it runs from, without a colon: empty where the command runs in
   *     it
   * @return its command line
   */
  public List<String> prepare(Path distribution) throws IOException {
    Path data = Files.createDirectories(home.resolve("data"));
    Files.writeString(data.resolve("myid"), Integer.toString(place + 1));
    Path config = Files.writeString(home.resolve("zoo.cfg"), configuration(data));
    Path logging = Files.writeString(home.resolve("logback.xml"), LOGGING);
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Djute.maxbuffer=" + JUTE_MAX_BUFFER_BYTES,
        "-Dlogback.configurationFile=" + logging,
        "-cp",
        distribution.resolve("lib").resolve("*").toString(),
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        config.toString());
  }

  private String configuration(Path data) {
    Address own = ensemble.get(place);
    StringBuilder text =
        new StringBuilder(
            """
            tickTime=%d
            initLimit=30
            syncLimit=10
            dataDir=%s
            clientPortAddress=%s
            clientPort=%d
            maxClientCnxns=0
            4lw.commands.whitelist=srvr
            admin.enableServer=false
            autopurge.snapRetainCount=3
            autopurge.purgeInterval=1
            """
                .formatted(tickMillis, escaped(data.toString()), own.host(), own.port()));
    for (int other = 0; other < ensemble.size(); other++) {
      text.append("server.%d=%s\n".formatted(other + 1, ensemble.get(other).peers()));
    }
    return text.toString();
  }

  /** As a properties file takes it: ZooKeeper reads its configuration as Latin-1. */
  static String escaped(String value) {
    StringBuilder escaped = new StringBuilder(value.length() + 16);
    value
        .chars()
        .forEach(unit -> {
          if (unit == '\\') {
            escaped.append("\\\\");
          } else if (unit < ' ' || unit > '~') {
            escaped.append("\\u%04x".formatted(unit));
          } else {
            escaped.append((char) unit);
          }
        });
    return escaped.toString();
  }

  private static final String LOGGING =
      """
      <configuration>
        <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
          <encoder><pattern>%d %-5level [%thread] %logger{30} %msg%n</pattern></encoder>
        </appender>
        <root level="WARN"><appender-ref ref="OUT"/></root>
      </configuration>
      """;
}
