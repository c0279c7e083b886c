// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * One WebSocket, either side of it.
 *
 * <p>Reading happens on the connection's I/O thread and hands whole messages to the listener.
 * Sending is thread-safe, keeps its order and never blocks: a sender puts its frame into a bounded
 * queue, and whoever finds the socket free writes all that is queued in one system call. When the
 * socket is full, the I/O thread goes on as soon as it is not.
 */
public final class WebSocketConnection {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);

  private static final int READ_BYTES = 64 << 10;

  /** Reads in one turn, so that one busy connection does not starve its neighbours. */
  private static final int READS_PER_TURN = 16;

  /** Buffers of one gathering write. */
  private static final int BATCH_FRAMES = 64;

  /** How long the other side may take to answer a close before the connection is cut. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static final int SILENT_PINGS_MAX = 3;

  /** One per I/O thread: its contents never outlive a turn. */
  private static final ThreadLocal<ByteBuffer> READ_BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(READ_BYTES));

  private final StreamConnection connection;
  private final WebSocketLimits limits;
  private final FrameDecoder decoder;
  private final FrameEncoder encoder;
  private final FrameQueue queue;
  private volatile @Nullable WebSocketListener listener;

  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile int closeCode = CloseCode.ABNORMAL;
  private volatile String closeReason = "the connection broke";
  private volatile boolean discarding;
  private volatile boolean closeReceived;
  private int silentPings;

  /**
   * @param client whether this side opened the connection, and so masks what it sends
   * @param masks source of masks; used under a lock
   */
  public WebSocketConnection(
      StreamConnection connection, boolean client, WebSocketLimits limits, RandomGenerator masks) {
    this(connection, client, limits, masks, bytes -> {});
  }

  /**
   * As above.
   *
   * @param account is told by how many bytes grows or shrinks what waits for the socket; under a
   *     lock, so it only counts
   */
  public WebSocketConnection(
      StreamConnection connection,
      boolean client,
      WebSocketLimits limits,
      RandomGenerator masks,
      LongConsumer account) {
    this.connection = connection;
    this.limits = limits;
    this.decoder = new FrameDecoder(!client, limits.messageBytes(), limits.eagerBytes());
    this.encoder = new FrameEncoder(client, masks);
    this.queue = new FrameQueue(limits, account);
  }

  /** Begins to read. Once. */
  public void start(WebSocketListener to) {
    listener = to;
    ChannelListener<? super StreamConnection> before = connection.getCloseListener();
    connection.setCloseListener(closed -> {
      ChannelListeners.invokeChannelListener(closed, before);
      end();
    });
    ConduitStreamSourceChannel source = connection.getSourceChannel();
    source.setReadListener(this::readable);
    source.setCloseListener(_ -> end());
    connection
        .getSinkChannel()
        .setWriteListener(sink -> {
          sink.suspendWrites();
          writeQueued(true);
        });
    source.wakeupReads();
    schedulePing();
  }

  /** Changes the limit of received messages, e.g. once the other side proved who it is. */
  public void messageBytesMax(int bytes) {
    decoder.messageBytesMax(bytes);
  }

  public boolean isOpen() {
    return !ended.get() && !queue.isClosing();
  }

  public String remoteAddress() {
    return String.valueOf(connection.getPeerAddress()).replaceFirst("^[^/]*/", "");
  }

  /** Stops reading until {@link #resumeReads}: the other side's sends then fill its own queue. */
  public void pauseReads() {
    connection.getSourceChannel().suspendReads();
  }

  public void resumeReads() {
    connection.getSourceChannel().wakeupReads();
  }

  /**
   * Queues a message and writes what the socket takes.
   *
   * @param payload is the connection's from here on; it may be masked in place
   * @return null when the queue is full or the connection closes: certainly not sent
   */
  public @Nullable OutFrame send(boolean text, byte[] payload) {
    OutFrame frame = encoder.encode(text ? FrameDecoder.TEXT : FrameDecoder.BINARY, payload);
    if (!queue.offer(frame)) {
      return null;
    }
    writeQueued(false);
    return frame;
  }

  /**
   * Waits until the queue has room for a message of this size.
   *
   * @return false when it has none in time, or the connection ended
   */
  public boolean awaitRoom(int sizeBytes, long nanos) throws InterruptedException {
    return queue.awaitRoom(sizeBytes, nanos);
  }

  /** Says goodbye after what is queued, waits a moment for the answer, and closes. */
  public void close(int code, String reason) {
    if (!queueClose(code, reason)) {
      return;
    }
    writeQueued(false);
    after(CLOSE_TIMEOUT, this::abort);
  }

  /**
   * Closes a connection whose other side does not read: what the socket has taken nothing of is
   * dropped at once, and the close frame is the next that it gets.
   */
  public void cutOff(int code, String reason) {
    if (queue.isClosing()) {
      abort();
      return;
    }
    writing.lock();
    try {
      queue.dropUnbegun();
    } finally {
      writing.unlock();
    }
    close(code, reason);
  }

  /** Cuts the connection. */
  public void abort() {
    IoUtils.safeClose(connection);
    end();
  }

  private boolean queueClose(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    byte[] payload = new byte[2 + Math.min(text.length, 123)];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, payload.length - 2);
    return queue.close(
        encoder.encode(FrameDecoder.CLOSE, payload),
        () -> {
          if (!closeReceived) {
            closeCode = code;
            closeReason = reason;
          }
        });
  }

  /**
   * @param mustWrite waits for another writer instead of leaving the work to it: the I/O thread
   *     must not miss that the socket is writable again
   */
  private void writeQueued(boolean mustWrite) {
    boolean must = mustWrite;
    do {
      if (must) {
        writing.lock();
      } else if (!writing.tryLock()) {
        return;
      }
      must = false;
      try {
        if (!writeAll()) {
          return;
        }
      } catch (IOException e) {
        LOG.debug("Cannot write to {}", remoteAddress(), e);
        abort();
        return;
      } finally {
        writing.unlock();
      }
    } while (!queue.isEmpty());
  }

  /** False when the socket is full; its writable event goes on. */
  private boolean writeAll() throws IOException {
    ConduitStreamSinkChannel sink = connection.getSinkChannel();
    ByteBuffer[] batch = new ByteBuffer[2 * BATCH_FRAMES];
    while (true) {
      int buffers = queue.fill(batch);
      if (buffers == 0) {
        if (queue.isClosing() && closeReceived) {
          IoUtils.safeClose(connection);
          end();
        }
        return true;
      }
      long written = sink.write(batch, 0, buffers);
      queue.removeWritten();
      if (written == 0) {
        sink.resumeWrites();
        return false;
      }
    }
  }

  private void readable(ConduitStreamSourceChannel source) {
    ByteBuffer buffer = READ_BUFFER.get();
    try {
      for (int turn = 0; turn < READS_PER_TURN; turn++) {
        buffer.clear();
        int read = source.read(buffer);
        if (read < 0) {
          abort();
          return;
        }
        if (read == 0) {
          source.resumeReads();
          return;
        }
        silentPings = 0;
        if (!discarding) {
          decoder.feed(buffer.flip(), this::frameReceived);
        }
        if (!source.isReadResumed()) {
          return;
        }
      }
      source.wakeupReads();
    } catch (FrameException e) {
      LOG.debug("{} broke the protocol: {}", remoteAddress(), e.getMessage());
      discarding = true;
      close(e.code(), String.valueOf(e.getMessage()));
      source.resumeReads();
    } catch (ClosedChannelException e) {
      end();
    } catch (IOException e) {
      LOG.debug("The connection to {} broke", remoteAddress(), e);
      abort();
    }
  }

  private void frameReceived(int opcode, byte[] payload) {
    if (discarding) {
      return;
    }
    WebSocketListener to = listener;
    if (to == null) {
      return;
    }
    switch (opcode) {
      case FrameDecoder.TEXT -> to.message(true, payload);
      case FrameDecoder.BINARY -> to.message(false, payload);
      case FrameDecoder.PING -> answerPing(payload);
      case FrameDecoder.CLOSE -> closeReceived(payload);
      default -> {
        // A pong: any received byte already counts as a sign of life.
      }
    }
  }

  /** Pongs share the bounded queue; who pings without reading the answers is cut off. */
  private void answerPing(byte[] payload) {
    if (!queue.offer(encoder.encode(FrameDecoder.PONG, payload)) && isOpen()) {
      closeReason = "too many unread pongs";
      closeCode = CloseCode.POLICY;
      connection.getIoThread().execute(this::abort);
    }
    writeQueued(false);
  }

  private void closeReceived(byte[] payload) {
    discarding = true;
    closeReceived = true;
    int code =
        switch (payload.length) {
          case 0 -> CloseCode.NORMAL;
          case 1 -> CloseCode.PROTOCOL_ERROR;
          default -> ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
        };
    if (!queue.isClosing()) {
      closeCode = code;
      closeReason =
          payload.length <= 2
              ? ""
              : new String(Arrays.copyOfRange(payload, 2, payload.length), StandardCharsets.UTF_8);
    }
    queueClose(isSendable(code) ? code : CloseCode.PROTOCOL_ERROR, "");
    after(CLOSE_TIMEOUT, this::abort);
    writeQueued(false);
  }

  private static boolean isSendable(int code) {
    return (code >= 3000 && code < 5000)
        || (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006));
  }

  private void end() {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    IoUtils.safeClose(connection);
    queue.end();
    WebSocketListener to = listener;
    if (to == null) {
      return;
    }
    try {
      connection.getIoThread().execute(() -> to.closed(closeCode, closeReason));
    } catch (RejectedExecutionException e) {
      LOG.debug("The worker has stopped; telling of the end of {} here", remoteAddress());
      to.closed(closeCode, closeReason);
    }
  }

  private void schedulePing() {
    after(
        limits.pingInterval(),
        () -> {
          if (ended.get()) {
            return;
          }
          if (++silentPings > SILENT_PINGS_MAX) {
            closeReason = "silent for " + limits.pingInterval().multipliedBy(SILENT_PINGS_MAX);
            abort();
            return;
          }
          queue.offerIfIdle(encoder.encode(FrameDecoder.PING, new byte[0]));
          writeQueued(false);
          schedulePing();
        });
  }

  private XnioExecutor.@Nullable Key after(Duration delay, Runnable action) {
    try {
      return connection.getIoThread().executeAfter(action, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("The worker stops; the connection to {} goes with it", remoteAddress());
      return null;
    }
  }
}
