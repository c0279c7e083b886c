// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.net.URI;
import java.util.Locale;

/**
 * How a node is spoken to: the first part of every address for clients. Nothing else writes a
 * scheme down.
 */
public enum Scheme {
  HTTP,
  HTTPS;

  /** As it stands in an address. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** With what separates it from the host. */
  public String prefix() {
    return text() + "://";
  }

  /**
   * @param hostAndPort IPv6 in brackets
   */
  public URI uri(String hostAndPort) {
    return URI.create(prefix() + hostAndPort);
  }

  /** Of the WebSockets of the same node. */
  public String webSocketPrefix() {
    return this == HTTPS ? "wss://" : "ws://";
  }

  /**
   * @throws IllegalArgumentException for a URI that is no address of a node
   */
  public static Scheme of(URI address) {
    return valueOf(String.valueOf(address.getScheme()).toUpperCase(Locale.ROOT));
  }

  /** Whether an address says this scheme, in whatever case. */
  public boolean isOf(String address) {
    return address.regionMatches(true, 0, prefix(), 0, prefix().length());
  }
}
