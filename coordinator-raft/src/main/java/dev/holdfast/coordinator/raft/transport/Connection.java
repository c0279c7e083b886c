package dev.holdfast.coordinator.raft.transport;

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
  private static final int CONNECT_MILLIS_MAX = 1_000;
  private static final int HELLO_MILLIS_MAX = 10_000;
  private static final int HELLO_BYTES_MAX = 4 * 1024;
  private static final int READ_BUFFER_BYTES = 64 * 1024;

  private static final int PIECE_BYTES = 64 * 1024;

  /** What a peer that does not read may leave with the kernel before a writer has to wait. */
  private static final int SEND_BUFFER_BYTES = 256 * 1024;

  /** A peer whose machine is gone never says so: seconds until it is asked, and how often. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  private static final int KEEP_ALIVE_PROBE_SECONDS = 10;
  private static final int KEEP_ALIVE_PROBES = 3;

  private final Socket socket;
  private final BufferedInputStream buffer;
  private final DataInputStream in;
  private final OutputStream out;
  private final ReentrantLock writing = new ReentrantLock();

  Connection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSendBufferSize(SEND_BUFFER_BYTES);
    socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_SECONDS);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_PROBE_SECONDS);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
    this.buffer = new BufferedInputStream(socket.getInputStream(), READ_BUFFER_BYTES);
    this.in = new DataInputStream(buffer);
    this.out = socket.getOutputStream();
  }

  /**
   * Blocks for a second at most.
   *
   * @param address {@code host:port}, looked up now
   */
  static Connection open(String address, Hello hello) throws IOException {
    int colon = address.lastIndexOf(':');
    Socket socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
          CONNECT_MILLIS_MAX);
      Connection connection = new Connection(socket);
      connection.send(Frame.encode(Frame.Kind.HELLO, 0, hello.encode()));
      return connection;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw new IOException(hello.to() + " at " + address + " cannot be reached: " + e, e);
    }
  }

  /** Blocks while the peer does not read and the kernel's buffers are full. */
  void send(byte[] frame) throws IOException {
    writing.lock();
    try {
      out.write(frame);
    } finally {
      writing.unlock();
    }
  }

  /**
   * As {@link #send}, but hangs up on a peer that takes nothing for so long: TCP itself would try
   * for many minutes, and longer with each try after a healed partition.
   */
  void send(byte[] frame, Duration stallMax) throws IOException {
    writing.lock();
    try {
      for (int from = 0; from < frame.length; from += PIECE_BYTES) {
        try (var _ = Timeouts.guard(stallMax, this::close)) {
          out.write(frame, from, Math.min(PIECE_BYTES, frame.length - from));
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /** As {@link #send}, unless another thread is writing: then false, and nothing is sent. */
  boolean sendUnlessBusy(byte[] frame) throws IOException {
    if (!writing.tryLock()) {
      return false;
    }
    try {
      out.write(frame);
      return true;
    } finally {
      writing.unlock();
    }
  }

  /** Blocks until a frame is there, or the peer has closed. */
  Frame receive() throws IOException {
    return Frame.read(in, Frame.PAYLOAD_BYTES_MAX);
  }

  /** The first frame of a caller, of whom nothing is known yet. */
  Frame receiveHello() throws IOException {
    socket.setSoTimeout(HELLO_MILLIS_MAX);
    return Frame.read(in, HELLO_BYTES_MAX);
  }

  /** Whether a frame begins to arrive within that time. */
  boolean awaitFrame(long millis) throws IOException {
    if (buffer.available() > 0) {
      return true;
    }
    try {
      socket.setSoTimeout((int) Math.max(1, millis));
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

  /** As {@link #receive}, for what has begun to arrive and must end within that time. */
  Frame receive(int millisMax) throws IOException {
    socket.setSoTimeout(millisMax);
    return Frame.read(in, Frame.PAYLOAD_BYTES_MAX);
  }

  /** Whoever reads or writes fails. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException _) {
      // There is nothing left to lose.
    }
  }
}
