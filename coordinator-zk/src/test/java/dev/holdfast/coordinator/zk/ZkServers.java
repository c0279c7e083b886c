package dev.holdfast.coordinator.zk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;
import org.jspecify.annotations.Nullable;

/** Servers of one ensemble, in this JVM, on free ports of the loopback. */
final class ZkServers implements AutoCloseable {
  static final int TICK_MILLIS = 500;
  private static final int PORTS_EACH = 3;

  private final Path folder;
  private final List<Integer> ports;
  private final List<@Nullable ZooKeeperServerEmbedded> servers = new ArrayList<>();

  ZkServers(int count) {
    try {
      this.folder = Files.createTempDirectory("zk-servers");
      this.ports = freePorts(count * PORTS_EACH);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int server = 0; server < count; server++) {
      servers.add(null);
    }
    for (int server = 0; server < count; server++) {
      start(server);
    }
  }

  /** All of them held at once, so that they differ. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> free = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      free.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return free;
  }

  void start(int server) {
    try {
      Path base = Files.createDirectories(folder.resolve("server" + server));
      Path data = Files.createDirectories(base.resolve("data"));
      Files.writeString(data.resolve("myid"), Integer.toString(server + 1));
      ZooKeeperServerEmbedded started =
          ZooKeeperServerEmbedded.builder()
              .baseDir(base)
              .configuration(configuration(server, data))
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      started.start();
      servers.set(server, started);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Properties configuration(int server, Path data) {
    Properties all = new Properties();
    all.setProperty("dataDir", data.toString());
    all.setProperty("clientPort", Integer.toString(port(server)));
    all.setProperty("clientPortAddress", "127.0.0.1");
    all.setProperty("tickTime", Integer.toString(TICK_MILLIS));
    all.setProperty("initLimit", "20");
    all.setProperty("syncLimit", "10");
    all.setProperty("admin.enableServer", "false");
    for (int other = 0; servers.size() > 1 && other < servers.size(); other++) {
      all.setProperty(
          "server." + (other + 1),
          "127.0.0.1:%d:%d"
              .formatted(ports.get(PORTS_EACH * other + 1), ports.get(PORTS_EACH * other + 2)));
    }
    return all;
  }

  int count() {
    return servers.size();
  }

  int port(int server) {
    return ports.get(PORTS_EACH * server);
  }

  String connect() {
    List<String> all = new ArrayList<>();
    for (int server = 0; server < servers.size(); server++) {
      all.add("127.0.0.1:" + port(server));
    }
    return String.join(",", all);
  }

  void stop(int server) {
    ZooKeeperServerEmbedded running = servers.get(server);
    if (running != null) {
      running.close();
      servers.set(server, null);
    }
  }

  @Override
  public void close() {
    for (int server = 0; server < servers.size(); server++) {
      stop(server);
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
