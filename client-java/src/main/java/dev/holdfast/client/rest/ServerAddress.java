// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.Scheme;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a node listens for clients. Written as {@code http://HOST:PORT}; {@code http://} and a
 * slash at the end may be left away. Whatever else an URL can have would be ignored, so it is
 * refused.
 *
 * @param host a name or an address, IPv6 in brackets
 */
public record ServerAddress(Scheme scheme, String host, int port) {
  private static final int MAX_PORT = 65_535;

  public ServerAddress {
    if (host.isEmpty() || port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException("a server has a host and a port of 1 to " + MAX_PORT);
    }
  }

  /**
   * Reads one address.
   *
   * @throws IllegalArgumentException says what is wrong with it, and how it is written
   */
  public static ServerAddress parse(String text) {
    String stripped = text.strip();
    boolean hasScheme = Scheme.HTTP.isOf(stripped);
    if (Scheme.HTTPS.isOf(stripped)) {
      throw bad(text, "this release speaks http only");
    }
    if (stripped.contains("://") && !hasScheme) {
      throw bad(text, "the scheme is http");
    }
    URI uri;
    try {
      uri = new URI(hasScheme ? stripped : Scheme.HTTP.prefix() + stripped);
    } catch (URISyntaxException e) {
      throw bad(text, "it cannot be read: " + e.getReason());
    }
    refuseWhatWouldBeIgnored(text, uri);
    if (uri.getHost() == null) {
      throw bad(text, "it names no host");
    }
    if (uri.getPort() < 1 || uri.getPort() > MAX_PORT) {
      throw bad(text, "it names no port; nodes listen on 7600 unless told otherwise");
    }
    return new ServerAddress(Scheme.HTTP, uri.getHost(), uri.getPort());
  }

  private static void refuseWhatWouldBeIgnored(String text, URI uri) {
    if (uri.getRawUserInfo() != null) {
      throw bad(text, "a name or password in it would be ignored");
    }
    String path = uri.getRawPath();
    if (path != null && !path.isEmpty() && !path.equals("/")) {
      throw bad(text, "a path in it would be ignored");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw bad(text, "a query or fragment in it would be ignored");
    }
  }

  /**
   * Reads several, separated by commas, each once.
   *
   * @throws IllegalArgumentException when one is wrong, or there is none
   */
  public static List<ServerAddress> parseAll(String list) {
    Set<ServerAddress> addresses = new LinkedHashSet<>();
    for (String text : list.split(",", -1)) {
      if (!text.isBlank()) {
        addresses.add(parse(text));
      }
    }
    if (addresses.isEmpty()) {
      throw bad(list, "there is none");
    }
    return new ArrayList<>(addresses);
  }

  private static IllegalArgumentException bad(String text, String why) {
    return new IllegalArgumentException(
        "'"
            + text
            + "' is no server address: "
            + why
            + "; write it as "
            + Scheme.HTTP.uri("127.0.0.1:7600")
            + ", several separated by commas");
  }

  public URI uri() {
    return URI.create(toString());
  }

  @Override
  public String toString() {
    return scheme.prefix() + host + ":" + port;
  }
}
