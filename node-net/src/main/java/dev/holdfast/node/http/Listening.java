// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import io.undertow.Undertow;
import java.net.BindException;
import java.net.InetSocketAddress;

/** Starts a listener, or says in one sentence why not and what to do. */
public final class Listening {
  private Listening() {}

  /**
   * @param flag that changes the address, for the message
   * @throws BindException the port is in use, or the address is not of this machine
   */
  public static InetSocketAddress start(Undertow server, String host, int port, String flag)
      throws BindException {
    try {
      server.start();
    } catch (RuntimeException e) {
      server.stop();
      throw refused(host, port, flag, e);
    }
    return (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
  }

  static BindException refused(String host, int port, String flag, Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String text = String.valueOf(cause.getMessage());
    boolean inUse = text.contains("already in use");
    BindException refused =
        new BindException(
            inUse
                ? "Port %d on %s is in use. Stop what listens there, or choose another with %s"
                    .formatted(port, host, flag)
                : "Cannot listen on %s:%d: %s. Choose an address of this machine with %s"
                    .formatted(host, port, text, flag));
    refused.initCause(e);
    return refused;
  }
}
