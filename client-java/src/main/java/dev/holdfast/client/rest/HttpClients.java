// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * The one place where the client and the command line get their connections to nodes: requests and
 * WebSockets of all kinds. What a node has to prove, and what this client shows it, belongs here.
 */
public final class HttpClients {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private HttpClients() {}

  /** On threads of its own. */
  public static HttpClient pooled() {
    return builder().build();
  }

  /**
   * @param executor of what is done with answers; {@code Runnable::run} for the selector's thread
   */
  public static HttpClient on(Executor executor) {
    return builder().executor(executor).build();
  }

  private static HttpClient.Builder builder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT);
  }
}
