// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Bytes to messages, incrementally. Pure: no I/O, no thread. A message may be fragmented; its size
 * is checked against the limit when a frame <em>announces</em> it, and memory grows only with the
 * bytes that arrived (beyond {@code eagerBytes}).
 */
final class FrameDecoder {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  /** Frames of one message: without it, empty fragments could go on for ever. */
  static final int FRAGMENTS_MAX = 4_096;

  private static final int CONTROL_BYTES_MAX = 125;
  private static final int HEADER_BYTES_MAX = 14;
  private static final byte[] NONE = new byte[0];

  /** Where messages go; the array is the receiver's. */
  interface Sink {
    void frame(int opcode, byte[] payload);
  }

  private final boolean fromClient;
  private final int eagerBytes;
  private int messageBytesMax;

  private final byte[] header = new byte[HEADER_BYTES_MAX];
  private int headerLength;

  private boolean inPayload;
  private boolean last;
  private int opcode;
  private int mask;
  private int frameLength;
  private int frameTaken;

  private byte[] control = NONE;
  private byte[] message = NONE;
  private int messageLength;
  private int messageOpcode;
  private int fragments;

  FrameDecoder(boolean fromClient, int messageBytesMax, int eagerBytes) {
    this.fromClient = fromClient;
    this.messageBytesMax = messageBytesMax;
    this.eagerBytes = eagerBytes;
  }

  void messageBytesMax(int bytes) {
    this.messageBytesMax = bytes;
  }

  void feed(ByteBuffer in, Sink sink) throws FrameException {
    while (in.hasRemaining() || (inPayload && frameTaken == frameLength)) {
      if (!inPayload) {
        if (!takeHeader(in)) {
          return;
        }
        begin();
      }
      takePayload(in);
      if (frameTaken < frameLength) {
        return;
      }
      end(sink);
    }
  }

  /** Byte by byte, at most 14 times: the length of the header is known only from its bytes. */
  private boolean takeHeader(ByteBuffer in) {
    while (headerLength < 2 || headerLength < needed()) {
      if (!in.hasRemaining()) {
        return false;
      }
      header[headerLength++] = in.get();
    }
    return true;
  }

  private int needed() {
    int short7 = header[1] & 0x7F;
    return 2 + (short7 == 126 ? 2 : short7 == 127 ? 8 : 0) + (header[1] < 0 ? 4 : 0);
  }

  private void begin() throws FrameException {
    last = header[0] < 0;
    opcode = header[0] & 0x0F;
    boolean masked = header[1] < 0;
    if ((header[0] & 0x70) != 0) {
      throw new FrameException(CloseCode.PROTOCOL_ERROR, "Reserved bits are set");
    }
    if (masked != fromClient) {
      throw new FrameException(
          CloseCode.PROTOCOL_ERROR,
          fromClient ? "A client masks its frames" : "A server does not mask its frames");
    }
    long length = length();
    mask = masked ? ByteBuffer.wrap(header, headerLength - 4, 4).getInt() : 0;
    checkOpcode(length);
    frameLength = (int) length;
    frameTaken = 0;
    inPayload = true;
    headerLength = 0;
    if (isControl()) {
      control = length == 0 ? NONE : new byte[frameLength];
    } else if (message.length < messageLength + frameLength) {
      grow(Math.min(messageLength + frameLength, Math.max(eagerBytes, messageLength)));
    }
  }

  private long length() throws FrameException {
    int short7 = header[1] & 0x7F;
    ByteBuffer rest = ByteBuffer.wrap(header, 2, headerLength - 2);
    long length = short7 < 126 ? short7 : short7 == 126 ? rest.getShort() & 0xFFFF : rest.getLong();
    long least = short7 < 126 ? 0 : short7 == 126 ? 126 : 0x1_0000;
    if (length < least) {
      throw new FrameException(CloseCode.PROTOCOL_ERROR, "The length is not in its shortest form");
    }
    return length;
  }

  private void checkOpcode(long length) throws FrameException {
    switch (opcode) {
      case CLOSE, PING, PONG -> {
        if (!last || length > CONTROL_BYTES_MAX) {
          throw new FrameException(
              CloseCode.PROTOCOL_ERROR, "A control frame is whole and has at most 125 bytes");
        }
      }
      case TEXT, BINARY -> {
        if (fragments > 0) {
          throw new FrameException(
              CloseCode.PROTOCOL_ERROR, "A message began before the last one ended");
        }
        messageOpcode = opcode;
        countFragment(length);
      }
      case CONTINUATION -> {
        if (fragments == 0) {
          throw new FrameException(CloseCode.PROTOCOL_ERROR, "Nothing to continue");
        }
        countFragment(length);
      }
      default -> throw new FrameException(CloseCode.PROTOCOL_ERROR, "Unknown opcode " + opcode);
    }
  }

  private void countFragment(long length) throws FrameException {
    if (length > messageBytesMax - messageLength) {
      throw new FrameException(
          CloseCode.TOO_BIG, "A message has at most " + messageBytesMax + " bytes");
    }
    if (++fragments > FRAGMENTS_MAX) {
      throw new FrameException(
          CloseCode.TOO_BIG, "A message has at most " + FRAGMENTS_MAX + " fragments");
    }
  }

  private boolean isControl() {
    return opcode >= CLOSE;
  }

  private void takePayload(ByteBuffer in) {
    int length = Math.min(in.remaining(), frameLength - frameTaken);
    if (length == 0) {
      return;
    }
    byte[] target = control;
    int at = frameTaken;
    if (!isControl()) {
      at = messageLength + frameTaken;
      if (message.length < at + length) {
        int wanted = messageLength + frameLength;
        grow((int) Math.min(wanted, Math.max(at + length, 2L * message.length)));
      }
      target = message;
    }
    in.get(target, at, length);
    if (mask != 0) {
      FrameMask.apply(mask, target, at, length, frameTaken);
    }
    frameTaken += length;
  }

  private void grow(int bytes) {
    message = Arrays.copyOf(message, bytes);
  }

  private void end(Sink sink) {
    inPayload = false;
    if (isControl()) {
      byte[] payload = control;
      control = NONE;
      sink.frame(opcode, payload);
      return;
    }
    messageLength += frameLength;
    if (last) {
      byte[] whole =
          message.length == messageLength ? message : Arrays.copyOf(message, messageLength);
      message = NONE;
      messageLength = 0;
      fragments = 0;
      sink.frame(messageOpcode, whole);
    }
  }
}
