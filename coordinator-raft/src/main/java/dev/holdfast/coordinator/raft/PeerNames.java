// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.Voters.Member;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where Raft peers listen. The log keeps the address under which a peer joined for ever. So what it
 * keeps is a name, {@code holdfast://HOST:PORT/PEER}, which is looked up here whenever a connection
 * is opened; HOST:PORT, where the peer joined, holds only until this node has heard of a newer
 * place. Thread-safe.
 */
final class PeerNames {
  private static final String SCHEME = "holdfast";

  private final Map<String, String> places = new ConcurrentHashMap<>();

  /** Such as {@code holdfast://127.0.0.1:7602/n1_4711}. */
  static String name(String peerId, String joinAddress) {
    try {
      return new URI(SCHEME, joinAddress, "/" + peerId, null, null).toString();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(joinAddress + " is not host:port", e);
    }
  }

  /** Where the bearer of a name is called now, {@code host:port}. */
  String address(String name) {
    URI uri = URI.create(name);
    return places.getOrDefault(uri.getPath().substring(1), uri.getAuthority());
  }

  /**
   * Returns whether this node would have called somewhere else.
   *
   * @param name of that member, or null when this node does not call it
   */
  boolean locate(Member member, @Nullable String name) {
    String before = places.put(RaftVoters.peerId(member), member.address());
    if (before == null && name != null) {
      before = URI.create(name).getAuthority();
    }
    return before != null && !before.equals(member.address());
  }
}
