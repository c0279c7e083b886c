// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.protocol.Scheme;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that a node answers to. A page of a stranger can let its own name point to this node
 * (DNS rebinding); then only {@code Host} and {@code Origin} tell that the page is not of here.
 */
public final class HostNames {
  /** Answers to every name: for tests. */
  public static final HostNames ANY = new HostNames(Set.of(), true, true);

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]|\\[0(:0){6}:1]");

  /** Nobody can let an address in digits point elsewhere. */
  private static final Pattern ADDRESS =
      Pattern.compile("localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

  private final Set<String> names;
  private final boolean beyondLoopback;
  private final boolean any;

  private HostNames(Set<String> names, boolean beyondLoopback, boolean any) {
    this.names = names;
    this.beyondLoopback = beyondLoopback;
    this.any = any;
  }

  /**
   * Those of loopback, or any address in digits when the node listens beyond it; the name that it
   * listens on; and what its operator adds.
   *
   * @param host that the node listens on
   * @param added {@code http.hosts}, without ports
   */
  public static HostNames of(String host, Set<String> added) {
    Set<String> names = new HashSet<>();
    names.add(host.toLowerCase(Locale.ROOT));
    added.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    return new HostNames(Set.copyOf(names), !isLoopback(host), false);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // Then it cannot be listened on either.
    }
  }

  /**
   * @param authority as in a Host header: a name, and perhaps a port
   */
  boolean has(String authority) {
    String name = withoutPort(authority.toLowerCase(Locale.ROOT));
    return any
        || names.contains(name)
        || (beyondLoopback ? ADDRESS : LOOPBACK).matcher(name).matches();
  }

  /**
   * Whether a page of this origin is one of the node itself. Schemes may differ: a proxy in front
   * may speak TLS.
   *
   * @param host the Host header of the same request
   */
  static boolean isOwn(String origin, @Nullable String host) {
    try {
      URI uri = URI.create(origin);
      String authority = uri.getRawAuthority();
      return host != null
          && authority != null
          && withoutDefaultPort(authority, uri.getScheme())
              .equals(withoutDefaultPort(host, uri.getScheme()));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String withoutDefaultPort(String authority, @Nullable String scheme) {
    String lower = authority.toLowerCase(Locale.ROOT);
    String port = Scheme.HTTPS.text().equals(scheme) ? ":443" : ":80";
    return lower.endsWith(port) ? lower.substring(0, lower.length() - port.length()) : lower;
  }

  private static String withoutPort(String authority) {
    String name = authority.replaceFirst(":\\d{1,5}$", "");
    // One dot at the end makes a name absolute, and is no part of it.
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
