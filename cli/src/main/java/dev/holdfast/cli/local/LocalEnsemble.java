package dev.holdfast.cli.local;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Three ZooKeeper servers beside the nodes, each a process of its own, from the jars of the
 * distribution. Server {@code i} takes the three ports behind those of node {@code i}.
 */
final class LocalEnsemble {
  static final int SERVERS = 3;

  /** What {@code zookeeper.juteMaxBuffer} of the nodes is, too. */
  static final String JUTE_MAX_BUFFER = "4MiB";

  private static final int JUTE_MAX_BUFFER_BYTES = 4 << 20;
  private static final int ASK_MILLIS = 1_000;
  private static final Duration STEP = Duration.ofMillis(100);

  private final ClusterFolder folder;
  private final LongSupplier nanoTime;

  LocalEnsemble(ClusterFolder folder, LongSupplier nanoTime) {
    this.folder = folder;
    this.nanoTime = nanoTime;
  }

  static String id(int server) {
    return "zk" + (server + 1);
  }

  /** Client, quorum and election port of a server. */
  static List<Integer> ports(ClusterLayout layout, int server) {
    int first = layout.port() + ClusterLayout.STEP * server + 3;
    return List.of(first, first + 1, first + 2);
  }

  static String connect(ClusterLayout layout) {
    return String.join(
        ",",
        IntStream.range(0, SERVERS)
            .mapToObj(server -> NodeAddress.HOST + ":" + ports(layout, server).getFirst())
            .toList());
  }

  /** Starts all servers; they find each other. */
  Map<String, Process> start() {
    Map<String, Process> started = new LinkedHashMap<>();
    for (int server = 0; server < SERVERS; server++) {
      try {
        started.put(id(server), start(server));
      } catch (IOException e) {
        started.values().forEach(Process::destroy);
        throw new CommandException(
            ExitCode.UNAVAILABLE, "cannot start " + id(server) + ": " + e.getMessage(), "", e);
      }
    }
    return started;
  }

  private Process start(int server) throws IOException {
    Path home = folder.path().resolve("zookeeper").resolve(id(server));
    Path data = Files.createDirectories(home.resolve("data"));
    Files.writeString(data.resolve("myid"), Integer.toString(server + 1));
    Path config = Files.writeString(home.resolve("zoo.cfg"), configuration(server, data));
    Path logging = Files.writeString(home.resolve("logback.xml"), LOGGING);
    List<String> line = new ArrayList<>(NodeProgram.detached());
    line.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djute.maxbuffer=" + JUTE_MAX_BUFFER_BYTES,
            "-Dlogback.configurationFile=" + logging,
            "-cp",
            Path.of(System.getProperty("holdfast.home", "."), "lib", "*").toString(),
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            config.toString()));
    return new ProcessBuilder(line)
        .directory(home.toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(server).toFile()))
        .start();
  }

  private Path log(int server) {
    return folder.path().resolve("logs").resolve(id(server) + ".log");
  }

  private String configuration(int server, Path data) {
    ClusterLayout layout = folder.layout();
    StringBuilder text =
        new StringBuilder(
            """
            tickTime=1000
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
                .formatted(data, NodeAddress.HOST, ports(layout, server).getFirst()));
    for (int other = 0; other < SERVERS; other++) {
      List<Integer> ports = ports(layout, other);
      text.append(
          "server.%d=%s:%d:%d\n"
              .formatted(other + 1, NodeAddress.HOST, ports.get(1), ports.get(2)));
    }
    return text.toString();
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

  /**
   * Returns when a majority serves.
   *
   * @throws CommandException when a server ends before, or the time is over
   */
  void awaitServing(Map<String, Process> servers, Duration limit) {
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    while (!serves()) {
      servers.forEach((id, process) -> {
        if (!process.isAlive()) {
          throw new CommandException(
              ExitCode.UNAVAILABLE,
              "the ZooKeeper server " + id + " ended with exit code " + process.exitValue(),
              "its log is in " + folder.path().resolve("logs"));
        }
      });
      if (nanoTime.getAsLong() > deadline) {
        throw new CommandException(
            ExitCode.UNAVAILABLE,
            "the ZooKeeper servers have found no majority after " + limit.toSeconds() + " s",
            "their logs are in " + folder.path().resolve("logs"));
      }
      LocalCluster.sleep(STEP);
    }
  }

  private boolean serves() {
    return IntStream.range(0, SERVERS)
            .filter(server -> isServing(ports(folder.layout(), server).getFirst()))
            .count()
        > SERVERS / 2;
  }

  /** A server without a majority says so instead of its mode. */
  private static boolean isServing(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ASK_MILLIS);
      socket.setSoTimeout(ASK_MILLIS);
      socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(4_096), StandardCharsets.UTF_8)
          .contains("Mode: ");
    } catch (IOException e) {
      return false;
    }
  }
}
