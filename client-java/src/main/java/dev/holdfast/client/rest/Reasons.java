// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** What a failure of a connection means, in words: the JDK's often has none. */
public final class Reasons {
  private static final int DEPTH_MAX = 10;

  private Reasons() {}

  /** In a few words, never empty. */
  public static String of(Throwable failure) {
    String said = null;
    Throwable at = failure;
    for (int depth = 0; at != null && depth < DEPTH_MAX; depth++) {
      String known = known(at);
      if (known != null) {
        return known;
      }
      if (at.getMessage() != null && !at.getMessage().isBlank()) {
        said = at.getMessage();
      }
      at = at.getCause();
    }
    if (failure instanceof ConnectException) {
      return said == null ? "connection refused" : said;
    }
    return said == null ? failure.getClass().getSimpleName() : said;
  }

  private static @Nullable String known(Throwable failure) {
    if (failure instanceof UnresolvedAddressException || failure instanceof UnknownHostException) {
      return "unknown host";
    }
    if (failure instanceof HttpConnectTimeoutException) {
      return "no connection within " + HttpClients.CONNECT_TIMEOUT.toSeconds() + " s";
    }
    if (failure instanceof ClosedChannelException && !(failure instanceof ConnectException)) {
      return failure.getMessage() == null ? "connection refused or closed" : failure.getMessage();
    }
    return null;
  }
}
