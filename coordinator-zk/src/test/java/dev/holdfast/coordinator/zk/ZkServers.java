// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;

/** Servers of one ensemble, in this JVM, on free ports of the loopback. */
final class ZkServers implements AutoCloseable {
  static final int TICK_MILLIS = 500;
  private static final int PORTS_EACH = 3;

  private final List<InstanceSpec> specs = new ArrayList<>();
  private final TestingCluster cluster;

  ZkServers(int count) {
    this(count, Map.of());
  }

  /**
   * @param more of the configuration of each server
   */
  ZkServers(int count, Map<String, String> more) {
    try {
      List<Integer> ports = freePorts(count * PORTS_EACH);
      for (int server = 0; server < count; server++) {
        specs.add(
            new InstanceSpec(
                null,
                ports.get(PORTS_EACH * server),
                ports.get(PORTS_EACH * server + 2),
                ports.get(PORTS_EACH * server + 1),
                true,
                server + 1,
                TICK_MILLIS,
                0,
                configuration(more),
                "127.0.0.1"));
      }
      this.cluster = new TestingCluster(specs);
      cluster.start();
    } catch (Exception e) {
      throw new IllegalStateException("The servers do not start", e);
    }
  }

  private static Map<String, Object> configuration(Map<String, String> more) {
    Map<String, Object> all = new HashMap<>(more);
    all.put("clientPortAddress", "127.0.0.1");
    all.put("initLimit", "20");
    all.put("syncLimit", "10");
    // As by default: half of a session is the margin of a lease, and is to be a tick at least.
    all.put("minSessionTimeout", Integer.toString(2 * TICK_MILLIS));
    all.put("admin.enableServer", "false");
    return all;
  }

  /** All of them held at once, so that they differ. */
  static List<Integer> freePorts(int count) {
    List<ServerSocket> held = new ArrayList<>();
    try {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port(int server) {
    return specs.get(server).getPort();
  }

  String connect() {
    return String.join(",", specs.stream().map(spec -> "127.0.0.1:" + spec.getPort()).toList());
  }

  void stop(int server) {
    try {
      cluster.killServer(specs.get(server));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void start(int server) {
    try {
      cluster.restartServer(specs.get(server));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      cluster.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
