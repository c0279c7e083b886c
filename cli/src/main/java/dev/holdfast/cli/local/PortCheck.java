// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterLayout;
import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Whether all ports are free, asked before anything starts. */
final class PortCheck {
  private static final List<String> PURPOSES = List.of("api", "peer", "raft");

  private PortCheck() {}

  /**
   * @param nodes that shall start
   * @param running ids of servers whose ports are theirs
   */
  static void requireFree(ClusterLayout layout, List<NodeAddress> nodes, List<String> running) {
    List<String> taken = new ArrayList<>();
    for (int server = 0; layout.hasEnsemble() && server < ClusterLayout.SERVERS; server++) {
      if (running.contains(EnsembleServer.id(server))) {
        continue;
      }
      for (int port : LocalEnsemble.addresses(layout).get(server).ports()) {
        if (!isFree(port)) {
          taken.add(port + " (" + EnsembleServer.id(server) + ")");
        }
      }
    }
    for (NodeAddress node : nodes) {
      for (int i = 0; i < PURPOSES.size(); i++) {
        if (!isFree(node.port() + i)) {
          taken.add((node.port() + i) + " (" + PURPOSES.get(i) + " of " + node.id() + ")");
        }
      }
    }
    if (!taken.isEmpty()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "port in use: " + String.join(", ", taken),
          "stop what listens there (ss -ltnp shows it), or choose others with --port BASE");
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // A connection of an earlier run that lingers in TIME_WAIT does not count.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
