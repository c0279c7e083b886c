// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.coordinator.support.SecretProof;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * What a backend needs that talks to its own kind on the other nodes: sockets, and the proof that
 * both ends belong to one cluster. Such a backend opens no socket in another way.
 *
 * @param random for nonces
 */
public record NodeLinks(Sockets sockets, SecretProof proof, SecureRandom random) {

  /** Links over plain TCP. */
  public static NodeLinks plain(SecretProof proof, SecureRandom random) {
    return new NodeLinks(new PlainSockets(), proof, random);
  }

  /** The one place where the sockets of a backend come from. Thread-safe. */
  public interface Sockets {
    /** Listens. Its {@code accept} gives raw sockets, and never waits for a caller's bytes. */
    ServerSocket listen(InetSocketAddress address) throws IOException;

    /**
     * Makes what {@link #listen} accepted fit for data. May wait for the caller, so call it on the
     * thread that serves this caller; closing the raw socket ends the wait.
     */
    Link accepted(Socket raw) throws IOException;

    /** Blocks until the connection is there, for that time at most. */
    Link connect(InetSocketAddress address, Duration timeout) throws IOException;
  }

  /**
   * A connection.
   *
   * @param raw close this one: it never waits for a writer that is stuck
   * @param data reads and writes go here; the same socket where nothing is encrypted
   */
  public record Link(Socket raw, Socket data) {}

  private static final class PlainSockets implements Sockets {
    @Override
    public ServerSocket listen(InetSocketAddress address) throws IOException {
      ServerSocket listening = new ServerSocket();
      try {
        listening.setReuseAddress(true);
        listening.bind(address);
        return listening;
      } catch (IOException | RuntimeException e) {
        listening.close();
        throw e;
      }
    }

    @Override
    public Link accepted(Socket raw) {
      return new Link(raw, raw);
    }

    @Override
    public Link connect(InetSocketAddress address, Duration timeout) throws IOException {
      Socket socket = new Socket();
      try {
        socket.connect(address, Math.toIntExact(timeout.toMillis()));
        return new Link(socket, socket);
      } catch (IOException | RuntimeException e) {
        socket.close();
        throw e;
      }
    }
  }
}
