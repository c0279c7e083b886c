// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import dev.holdfast.protocol.Scheme;
import java.net.URI;

/**
 * A node of the local cluster and its three ports.
 *
 * @param id {@code n1}, {@code n2}, …
 * @param port of the API; peer is the next, raft the one after
 */
public record NodeAddress(String id, int port) {
  public static final String HOST = "127.0.0.1";

  /** A port is at most 65535, and a node needs three. */
  public static final int LAST_PORT = 65_533;

  public NodeAddress {
    if (port < 1 || port > LAST_PORT) {
      throw new IllegalArgumentException("port " + port + " is not between 1 and " + LAST_PORT);
    }
  }

  public String hostAndPort() {
    return HOST + ":" + port;
  }

  public URI api() {
    return Scheme.HTTP.uri(hostAndPort());
  }

  public String peer() {
    return HOST + ":" + (port + 1);
  }

  public String raft() {
    return HOST + ":" + (port + 2);
  }
}
