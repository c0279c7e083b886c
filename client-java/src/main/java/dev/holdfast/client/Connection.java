// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ServerFrame;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A way to one node, as the sessions that share it see it. Nothing here blocks. Thread-safe. */
interface Connection {
  URI node();

  /** A session that uses a connection. Called on the threads of the connection. */
  interface User {
    /** The frames of one message. */
    void received(Connection from, List<ServerFrame> frames);

    /**
     * @param shared other sessions have lost the connection with this one
     */
    void disconnected(Connection from, String why, int statusCode, boolean shared);
  }

  /** From now on the link is told when the connection breaks. False when it is closing. */
  boolean join(User link);

  /** What names this session goes to the link, until it leaves. */
  void bind(String session, User link);

  /** What is pushed about this watch goes to the link, until it leaves. */
  void follow(long watch, User link);

  /** What is still pushed about this watch goes to nobody. */
  void unfollow(long watch);

  /**
   * Nothing is given to the link any more. The last one closes the connection behind it.
   *
   * @param broken nobody else shall join a connection that has failed this one
   */
  void leave(User link, boolean broken);

  /** For one that asked for this connection and does not need it any more. */
  void closeIfUnused();

  /** Queues a request of a session, whose answer goes to it; {@link #flush} sends it. */
  void enqueue(long request, byte[] frame, User from);

  /** Queues what has no answer. */
  void enqueue(byte[] frame);

  void flush();

  /**
   * Counts a command of a session that has joined.
   *
   * @return where the session shall move now, as {@link MovePlanner.Traffic#sent}
   */
  @Nullable URI commandSent(long nowNanos);

  /** What a session asks for a connection for. */
  enum Purpose {
    /** To be one of those that use it. */
    SHARE,
    /** To have it for itself. */
    ALONE,
    /** To move there, if the node knows the session: until then nothing is learned from it. */
    MOVE
  }

  /** Gives connections out. */
  interface Dialer {
    /** Completes when the node has agreed to speak and was greeted. The caller joins it. */
    CompletableFuture<? extends Connection> to(URI node, Duration limit, Purpose purpose);
  }
}
