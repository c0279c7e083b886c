// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.feature.Chore;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Transactor;
import java.time.Duration;
import java.util.List;

/** Sessions: those that this node hosts, and the way to the hosts of the others. */
public final class SessionFeature implements Feature {
  public static final PeerKinds PEER_KINDS =
      PeerKinds.none()
          .feature(
              48,
              List.of(SessionMessages.KeepAliveAtHost.class, SessionMessages.HostVerdict.class));

  private static final Duration ADOPT_EVERY = Duration.ofSeconds(1);

  private final SessionHosts hosts;
  private final SessionService sessions;

  /**
   * @param hostedMax sessions on this node
   */
  public SessionFeature(NodeServices services, Homes homes, int hostedMax) {
    var commands =
        new Transactor<>(
            new SessionTransition(), services.coordinator(), services.meter(), services.nanoTime());
    this.hosts =
        services.open(new SessionHosts(services.coordinator(), commands, services.nanoTime()));
    this.sessions =
        services.open(
            new SessionService(
                services.coordinator(),
                services.peers(),
                homes,
                services.self(),
                commands,
                hosts,
                services.nanoTime(),
                services.random(),
                hostedMax));
  }

  public SessionService service() {
    return sessions;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new SessionRoutes(sessions));
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("session.hosted", hosts, SessionHosts::count);
  }

  @Override
  public List<Chore> chores() {
    return List.of(new Chore(ADOPT_EVERY, "adopt sessions", sessions::adoptOrphans));
  }
}
