// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.node.peer.PeerRequest;

/** What nodes say to each other about sessions. */
public final class SessionMessages {
  private SessionMessages() {}

  /** A client's keep-alive, for you as the session's host. */
  public record KeepAliveAtHost(String session) implements PeerRequest<HostVerdict> {}

  /**
   * @param acknowledged false when the host cannot speak for the session now
   * @param revision that the host had applied
   */
  public record HostVerdict(boolean acknowledged, long revision) {}
}
