// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.http.Authentication;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.RequestMetrics;
import dev.holdfast.node.peer.ClusterSecret;
import dev.holdfast.node.peer.WebSocketPeerNetwork;
import dev.holdfast.node.port.PortSockets;
import dev.holdfast.spi.coordinator.NodeLinks;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * The three ports of a node: the one place that chooses how they listen and connect, and how they
 * find out who asks.
 *
 * @param sockets of the api and peer ports
 * @param clients who they are
 * @param nanos the monotonic clock
 */
record Ports(PortSockets sockets, Authentication clients, SecureRandom random, LongSupplier nanos) {

  /** Plain TCP, and nobody says who it is; nodes prove that they know the cluster's secret. */
  static Ports plain(SecureRandom random, LongSupplier nanos) {
    return new Ports(PortSockets.plain(), Authentication.NONE, random, nanos);
  }

  HttpServer api(HttpServer.Settings settings, RequestMetrics metrics) {
    return new HttpServer(settings, sockets, clients, metrics, random, nanos);
  }

  WebSocketPeerNetwork peer(WebSocketPeerNetwork.Settings settings) throws IOException {
    return new WebSocketPeerNetwork(settings, sockets, PeerMessages.KINDS, random, nanos);
  }

  NodeLinks raft(ClusterSecret secret) {
    return NodeLinks.plain(secret.proof(), random);
  }
}
