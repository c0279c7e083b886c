// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An ensemble of three, and who of them leads. */
final class ZooKeeperServers implements AutoCloseable {
  final Servers servers = new Servers();
  final String connect;

  private final int[] ports = Servers.freePorts(Servers.COUNT * 3);

  ZooKeeperServers(Path folder) throws IOException {
    StringBuilder ensemble = new StringBuilder();
    List<String> clients = new ArrayList<>();
    for (int i = 0; i < Servers.COUNT; i++) {
      ensemble.append(
          "server.%d=127.0.0.1:%d:%d\n".formatted(i + 1, ports[3 * i + 1], ports[3 * i + 2]));
      clients.add("127.0.0.1:" + ports[3 * i]);
    }
    for (int i = 0; i < Servers.COUNT; i++) {
      Path data = Servers.folder(folder, i);
      Files.writeString(data.resolve("myid"), Integer.toString(i + 1));
      Path config = data.resolve("zoo.cfg");
      Files.writeString(
          config,
          """
          tickTime=2000
          initLimit=10
          syncLimit=5
          admin.enableServer=false
          maxClientCnxns=0
          dataDir=%s
          clientPort=%d
          %s\
          """
              .formatted(data, ports[3 * i], ensemble));
      servers.startJava(
          data.resolve("log"),
          "org.apache.zookeeper.server.quorum.QuorumPeerMain",
          List.of(config.toString()));
    }
    connect = String.join(",", clients);
  }

  Peer.Restart killLeader() throws Exception {
    for (int i = 0; i < Servers.COUNT; i++) {
      if (status(i).contains("Mode: leader")) {
        int leader = i;
        servers.kill(i);
        return () -> {
          servers.restart(leader);
          while (!status(leader).contains("Mode: ")) {
            Thread.sleep(50);
          }
        };
      }
    }
    throw new IOException("No ZooKeeper server leads");
  }

  private String status(int index) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[3 * index]), 1_000);
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException notServing) {
      return "";
    }
  }

  @Override
  public void close() {
    servers.close();
  }
}
