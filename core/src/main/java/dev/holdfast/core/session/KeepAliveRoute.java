// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import org.jspecify.annotations.Nullable;

/** Who speaks for a session when a client's keep-alive has come to a node. */
public sealed interface KeepAliveRoute {
  /** It has ended. */
  record Ended() implements KeepAliveRoute {}

  /** This node; when it refuses for now, it asks itself again. */
  record Here() implements KeepAliveRoute {}

  /** Another node; when it does not speak for the session, this node adopts it (R16). */
  record AskHost(SessionHost host) implements KeepAliveRoute {}

  /** Nobody: this node hosted it under a lease that it has lost, and adopts it anew. */
  record Adopt(SessionHost host) implements KeepAliveRoute {}

  /**
   * @param session as this node has applied it, or as it has read it when it had applied none
   * @param self this node under its present lease
   */
  static KeepAliveRoute of(@Nullable Session session, SessionHost self) {
    if (session == null) {
      return new Ended();
    }
    SessionHost host = session.host();
    if (host.equals(self)) {
      return new Here();
    }
    return host.node().equals(self.node()) ? new Adopt(host) : new AskHost(host);
  }
}
