// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.spi.coordinator.NodeLinks.Link;
import dev.holdfast.spi.coordinator.NodeLinks.Sockets;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import jdk.net.ExtendedSocketOptions;

/** Frames over one socket. One thread reads; any may write. */
final class Connection implements Closeable {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(1);
  private static final int READ_BUFFER_BYTES = 64 * 1024;

  /** What the kernel surely takes takes no time. */
  private static final Duration TRY_MAX = Duration.ofSeconds(1);

  private static final int PIECE_BYTES = 64 * 1024;

  /** What a peer that does not read may leave with the kernel before a writer has to wait. */
  private static final int SEND_BUFFER_BYTES = 256 * 1024;

  /** A peer whose machine is gone never says so: seconds until it is asked, and how often. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int KEEP_ALIVE_PROBE_SECONDS = 10;
  private static final int KEEP_ALIVE_PROBES = 3;

  private final Link link;
  private final BufferedInputStream buffer;
  private final DataInputStream in;
  private final OutputStream out;
  private final ReentrantLock writing = new ReentrantLock();

  /** As much as surely fits into the kernel's buffer, which counts in weights of frames. */
  private final long unreadMax;

  /** Weights of the frames that were read here. Written by the thread that reads. */
  private volatile long read;

  /** Weights of the sent frames that the peer said it had read. */
  private volatile long readByPeer;

  /** Guarded by {@link #writing}: weights of all frames that were sent. */
  private long sent;

  Connection(Link link) throws IOException {
    this.link = link;
    Socket raw = link.raw();
    raw.setTcpNoDelay(true);
    raw.setSendBufferSize(SEND_BUFFER_BYTES);
    raw.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    raw.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_SECONDS);
    raw.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_PROBE_SECONDS);
    raw.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
    this.unreadMax = raw.getSendBufferSize() / 2;
    this.buffer = new BufferedInputStream(link.data().getInputStream(), READ_BUFFER_BYTES);
    this.in = new DataInputStream(buffer);
    this.out = link.data().getOutputStream();
  }

  /**
   * Blocks for a second at most. Nothing may be sent before {@link #introduce}.
   *
   * @param address {@code host:port}, looked up now
   */
  static Connection open(Sockets sockets, String address) throws IOException {
    int colon = address.lastIndexOf(':');
    Link link;
    try {
      link =
          sockets.connect(
              new InetSocketAddress(
                  address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
              CONNECT_MAX);
    } catch (IOException | RuntimeException e) {
      throw new IOException("Nothing can be reached at " + address + ": " + e, e);
    }
    try {
      return new Connection(link);
    } catch (IOException | RuntimeException e) {
      link.raw().close();
      throw e;
    }
  }

  /** Proves to the peer who calls, and that the peer is one; hangs up when it takes too long. */
  void introduce(Handshake handshake, Hello hello, Duration max) throws IOException {
    try (var _ = Timeouts.guard(max, this::close)) {
      handshake.call(link.data(), hello);
    } catch (IOException e) {
      throw new IOException(
          "%s at %s is not connected to: %s"
              .formatted(hello.to(), link.raw().getRemoteSocketAddress(), e.getMessage()),
          e);
    }
  }

  /**
   * Blocks while the peer does not read and the kernel's buffers are full, but hangs up on one that
   * takes nothing for so long: TCP itself would try for many minutes, and longer with each try
   * after a healed partition.
   */
  void send(byte[] frame, Duration stallMax) throws IOException {
    writing.lock();
    try {
      stamp(frame);
      for (int from = 0; from < frame.length; from += PIECE_BYTES) {
        try (var _ = Timeouts.guard(stallMax, this::close)) {
          out.write(frame, from, Math.min(PIECE_BYTES, frame.length - from));
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * Does not wait: sends only while the peer has read all but a part of what fits into the kernel's
   * buffer, which the peer's own frames say. False when nothing was sent.
   */
  boolean trySend(byte[] frame) throws IOException {
    if (!writing.tryLock()) {
      return false;
    }
    try {
      if (sent - readByPeer + Frame.weight(frame.length) > unreadMax) {
        return false;
      }
      stamp(frame);
      // A peer that says it has read what it has not is hung up on.
      try (var _ = Timeouts.guard(TRY_MAX, this::close)) {
        out.write(frame);
      }
      return true;
    } finally {
      writing.unlock();
    }
  }

  private void stamp(byte[] frame) {
    Frame.stamp(frame, read);
    sent += Frame.weight(frame.length);
  }

  /** Blocks until a frame is there, or the peer has closed. */
  Frame receive() throws IOException {
    return noted(Frame.read(in));
  }

  /**
   * As {@link #receive}, with memory from a budget, which the caller gives back.
   *
   * @param max for the rest of a frame that takes memory, and for the wait for that memory
   */
  Frame receive(ByteBudget budget, Duration max) throws IOException {
    Frame.Head head = Frame.Head.read(in);
    if (head.payloadBytes() <= ByteBudget.FREE_BYTES) {
      return noted(head.rest(in));
    }
    budget.take(head.payloadBytes(), max);
    boolean complete = false;
    try (var _ = Timeouts.guard(max, this::close)) {
      Frame frame = noted(head.rest(in));
      complete = true;
      return frame;
    } finally {
      if (!complete) {
        budget.giveBack(head.payloadBytes());
      }
    }
  }

  private Frame noted(Frame frame) {
    long before = read;
    read = before + frame.weight(); // By the one thread that reads.
    readByPeer = Math.max(readByPeer, frame.read());
    return frame;
  }

  /** Whether a frame begins to arrive within that time. */
  boolean awaitFrame(long millis) throws IOException {
    if (buffer.available() > 0) {
      return true;
    }
    try {
      link.data().setSoTimeout((int) Math.max(1, millis));
      buffer.mark(1);
      if (buffer.read() < 0) {
        throw new EOFException("The peer has closed the connection");
      }
      buffer.reset();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** As {@link #receive}, for what has begun to arrive and must go on within that time. */
  Frame receive(int millisMax) throws IOException {
    link.data().setSoTimeout(millisMax);
    return noted(Frame.read(in));
  }

  /** Whoever reads or writes fails. */
  @Override
  public void close() {
    try {
      link.raw().close();
    } catch (IOException _) {
      // There is nothing left to lose.
    }
  }
}
