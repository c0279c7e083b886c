// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.election.ElectionFeature;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.SocketDoor;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.lock.LockFeature;
import dev.holdfast.node.map.MapFeature;
import dev.holdfast.node.primitive.PrimitiveFeature;
import dev.holdfast.node.session.SessionFeature;
import dev.holdfast.node.transact.Homes;
import java.util.List;

/** The session socket: what the features of coordination and events do, as frames. */
public final class SocketFeature implements Feature {
  private final SocketMemory memory;
  private final SessionSocket socket;

  /** The features that its frames reach. */
  public record Reached(
      SessionFeature sessions,
      LockFeature locks,
      MapFeature maps,
      PrimitiveFeature primitives,
      ElectionFeature elections,
      EventHub events) {}

  /**
   * @param memory of all connections together
   */
  public SocketFeature(
      NodeServices services,
      ClusterDirectory cluster,
      Homes homes,
      Reached reached,
      SocketMemory memory) {
    this.memory = memory;
    LockFeature locks = reached.locks();
    this.socket =
        services.open(
            new SessionSocket(
                services.coordinator(),
                cluster,
                homes,
                reached.events(),
                reached.sessions().service(),
                new SessionSocket.Locks(locks.service(), locks.claims()),
                new SessionSocket.Maps(reached.maps().service(), locks.fences()),
                reached.primitives().service(),
                reached.elections().service(),
                memory,
                services.meter(),
                services.nanoTime()));
  }

  @Override
  public List<SocketDoor> sockets() {
    return List.of(socket.door());
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("socket.connections", socket, SessionSocket::connections);
    gauges.gauge("socket.followed", socket, SessionSocket::followed);
    gauges.gauge("socket.unread.bytes", memory, SocketMemory::unreadBytes);
    gauges.gauge("socket.pending.bytes", memory, SocketMemory::pendingBytes);
    gauges.gauge("socket.cut.off", memory, SocketMemory::cutOff);
  }

  /** Its clients go on at another node, with their sessions. */
  @Override
  public void leave() {
    socket.sendAllAway();
  }

  @Override
  public int connections() {
    return socket.connections();
  }
}
