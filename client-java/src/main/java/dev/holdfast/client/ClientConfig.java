package dev.holdfast.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings of a {@link Holdfast}.
 *
 * @param servers api addresses of some nodes, {@code http} or {@code https}; the others are learned
 * @param encoding of session frames, CBOR unless a trace must be readable
 * @param sessionTtl of sessions opened without one, 1 s to 24 h: how long the cluster waits for a
 *     silent client before it passes its locks on. Default 10 s, which rides over an election
 * @param requestTimeout how long a call looks for a node that answers. Default 10 s
 * @param followLeader whether a session that sends many commands moves to the node where they are
 *     decided, when that can be reached at its advertised address. It goes on meanwhile. Default
 *     true
 */
public record ClientConfig(
    List<URI> servers,
    Encoding encoding,
    Duration sessionTtl,
    Duration requestTimeout,
    boolean followLeader) {
  static final Duration MIN_TTL = Duration.ofSeconds(1);
  static final Duration MAX_TTL = Duration.ofHours(24);

  public ClientConfig {
    servers = List.copyOf(servers);
    List<String> errors = new ArrayList<>();
    if (servers.isEmpty()) {
      errors.add("servers: name at least one, such as http://127.0.0.1:7600");
    }
    for (URI server : servers) {
      boolean http = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
      if (!http || server.getHost() == null) {
        errors.add("servers: not an address such as http://127.0.0.1:7600: " + server);
      }
    }
    if (outside(sessionTtl)) {
      errors.add("sessionTtl: must be 1 s to 24 h, not " + sessionTtl);
    }
    if (requestTimeout.isNegative() || requestTimeout.isZero()) {
      errors.add("requestTimeout: must be above zero, not " + requestTimeout);
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }

  /**
   * The defaults.
   *
   * @param servers separated by commas
   */
  public static ClientConfig of(String servers) {
    List<URI> addresses = new ArrayList<>();
    for (String server : servers.split(",")) {
      String trimmed = server.strip();
      if (!trimmed.isEmpty()) {
        addresses.add(URI.create(trimmed));
      }
    }
    return new ClientConfig(
        addresses, Encoding.CBOR, Duration.ofSeconds(10), Duration.ofSeconds(10), true);
  }

  public ClientConfig withEncoding(Encoding other) {
    return new ClientConfig(servers, other, sessionTtl, requestTimeout, followLeader);
  }

  public ClientConfig withSessionTtl(Duration other) {
    return new ClientConfig(servers, encoding, other, requestTimeout, followLeader);
  }

  public ClientConfig withRequestTimeout(Duration other) {
    return new ClientConfig(servers, encoding, sessionTtl, other, followLeader);
  }

  public ClientConfig withFollowLeader(boolean other) {
    return new ClientConfig(servers, encoding, sessionTtl, requestTimeout, other);
  }

  static boolean outside(Duration ttl) {
    return ttl.compareTo(MIN_TTL) < 0 || ttl.compareTo(MAX_TTL) > 0;
  }
}
