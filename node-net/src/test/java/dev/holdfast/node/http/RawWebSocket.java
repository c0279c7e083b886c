// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The client's side of a WebSocket that may break every rule. */
final class RawWebSocket implements AutoCloseable {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  /** The connection ended without a close frame. */
  static final int NO_CLOSE_FRAME = 1006;

  private static final int MASK = 0x12345678;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final String handshake;

  @SuppressWarnings("ArrayRecordComponent")
  record Frame(int opcode, byte[] payload) {
    int closeCode() {
      return ByteBuffer.wrap(payload).getShort();
    }

    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /**
   * @param headers further ones of the handshake, each with its line end
   */
  RawWebSocket(int port, String headers) throws IOException {
    // Little room on this side, so that a server soon notices a client that does not read.
    socket.setReceiveBufferSize(16 << 10);
    socket.setSoTimeout(15_000);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    String request =
        "GET /socket HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: Upgrade\r\n" + headers;
    socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        break;
      }
      head.append((char) c);
    }
    handshake = head.toString();
  }

  static RawWebSocket open(int port) throws IOException {
    return new RawWebSocket(port, headers("Sec-WebSocket-Protocol: a\r\n"));
  }

  static String headers(String further) {
    return "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        + further;
  }

  String handshake() {
    return handshake;
  }

  RawWebSocket send(boolean last, int opcode, byte[] payload) throws IOException {
    return raw(frame((last ? 0x80 : 0) | opcode, payload.length, true, payload));
  }

  RawWebSocket text(String text) throws IOException {
    return send(true, TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  RawWebSocket raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /**
   * @param announced the length that the header tells, whatever the payload has
   */
  static byte[] frame(int first, long announced, boolean masked, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) first);
    int maskBit = masked ? 0x80 : 0;
    if (announced < 126) {
      frame.put((byte) (maskBit | (int) announced));
    } else if (announced < 0x1_0000) {
      frame.put((byte) (maskBit | 126)).putShort((short) announced);
    } else {
      frame.put((byte) (maskBit | 127)).putLong(announced);
    }
    if (masked) {
      frame.putInt(MASK);
    }
    for (int i = 0; i < payload.length; i++) {
      frame.put((byte) (payload[i] ^ (masked ? MASK >>> (24 - 8 * (i & 3)) : 0)));
    }
    byte[] bytes = new byte[frame.flip().remaining()];
    frame.get(bytes);
    return bytes;
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  Frame read() throws IOException {
    int opcode = in.readUnsignedByte() & 0x0F;
    long length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    return new Frame(opcode, in.readNBytes((int) length));
  }

  /** Reads on to the close frame and tells its code. */
  int readToClose() throws IOException {
    try {
      while (true) {
        Frame frame = read();
        if (frame.opcode() == CLOSE) {
          return frame.closeCode();
        }
      }
    } catch (java.io.EOFException | java.net.SocketException e) {
      return NO_CLOSE_FRAME;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
