// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.ServerAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link Holdfast}. Immutable: begin with {@link #of}, each {@code with} method gives
 * changed settings.
 */
public final class ClientConfig {
  static final Duration MIN_TTL = Duration.ofSeconds(1);
  static final Duration MAX_TTL = Duration.ofHours(24);

  private final List<ServerAddress> servers;
  private final Encoding encoding;
  private final Duration sessionTtl;
  private final Duration requestTimeout;
  private final boolean followLeader;
  private final @Nullable Executor listenerExecutor;

  private ClientConfig(
      List<ServerAddress> servers,
      Encoding encoding,
      Duration sessionTtl,
      Duration requestTimeout,
      boolean followLeader,
      @Nullable Executor listenerExecutor) {
    this.servers = List.copyOf(servers);
    this.encoding = encoding;
    this.sessionTtl = sessionTtl;
    this.requestTimeout = requestTimeout;
    this.followLeader = followLeader;
    this.listenerExecutor = listenerExecutor;
  }

  /**
   * The defaults.
   *
   * @param servers api addresses of some nodes, such as {@code 127.0.0.1:7600}, separated by
   *     commas; the others are learned
   * @throws IllegalArgumentException when one is not an address, or there is none
   */
  public static ClientConfig of(String servers) {
    return of(ServerAddress.parseAll(servers));
  }

  /** As {@link #of(String)}. */
  public static ClientConfig of(List<ServerAddress> servers) {
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("name at least one server, such as 127.0.0.1:7600");
    }
    return new ClientConfig(
        servers, Encoding.CBOR, Duration.ofSeconds(10), Duration.ofSeconds(10), true, null);
  }

  /** Of session frames; CBOR unless a trace must be readable. */
  public ClientConfig withEncoding(Encoding other) {
    return new ClientConfig(
        servers, other, sessionTtl, requestTimeout, followLeader, listenerExecutor);
  }

  /**
   * Of sessions opened without one: how long the cluster waits for a silent client before it passes
   * its locks on. Default 10 s, which rides over an election.
   *
   * @param other 1 s to 24 h
   */
  public ClientConfig withSessionTtl(Duration other) {
    if (outside(other)) {
      throw new IllegalArgumentException("sessionTtl: must be 1 s to 24 h, not " + other);
    }
    return new ClientConfig(
        servers, encoding, other, requestTimeout, followLeader, listenerExecutor);
  }

  /**
   * How long a call looks for a node that answers: of objects, maps, locks and sessions alike.
   * Default 10 s.
   */
  public ClientConfig withRequestTimeout(Duration other) {
    if (other.isNegative() || other.isZero()) {
      throw new IllegalArgumentException("requestTimeout: must be above zero, not " + other);
    }
    return new ClientConfig(servers, encoding, sessionTtl, other, followLeader, listenerExecutor);
  }

  /**
   * Whether a session that sends many commands moves to the node where they are decided, when that
   * can be reached at its advertised address. It goes on meanwhile. Default true.
   */
  public ClientConfig withFollowLeader(boolean other) {
    return new ClientConfig(servers, encoding, sessionTtl, requestTimeout, other, listenerExecutor);
  }

  /**
   * Where listeners and continuations of futures run. Each listener is told in order, one call at a
   * time; different ones at once, if the executor has several threads. Default: one thread of the
   * client.
   */
  public ClientConfig withListenerExecutor(Executor executor) {
    return new ClientConfig(servers, encoding, sessionTtl, requestTimeout, followLeader, executor);
  }

  public List<ServerAddress> servers() {
    return servers;
  }

  public Encoding encoding() {
    return encoding;
  }

  public Duration sessionTtl() {
    return sessionTtl;
  }

  public Duration requestTimeout() {
    return requestTimeout;
  }

  public boolean followLeader() {
    return followLeader;
  }

  @Nullable Executor listenerExecutor() {
    return listenerExecutor;
  }

  static boolean outside(Duration ttl) {
    return ttl.compareTo(MIN_TTL) < 0 || ttl.compareTo(MAX_TTL) > 0;
  }
}
