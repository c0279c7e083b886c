// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a body into chunks and sends them off as they come, a megabyte at a time. It has in memory
 * what has come, not what was announced: a body that stalls costs its last chunk at most. For one
 * body.
 */
final class BodyReader {
  private final InputStream in;
  private final long announced;
  private final BodyBuffers buffers;
  private long sizeBytes;

  /** The room of the chunk that was read last, until it is handed on. */
  private BodyBuffers.Reserved received = BodyBuffers.NOTHING;

  /**
   * @param announced the length that was announced, -1 for none
   */
  BodyReader(InputStream in, long announced, BodyBuffers buffers) {
    this.in = in;
    this.announced = announced;
    this.buffers = buffers;
  }

  /**
   * @param sha256 of all bytes
   */
  record Body(Content content, Bytes sha256) {
    static final Body EMPTY = new Body(Content.NONE, Sha256.of(new byte[0]));
  }

  /**
   * @throws ObjectException when the body is cut short, or too long, or there is no memory in time
   * @throws ReplicasLostException when nobody takes it any more
   */
  Body sendTo(Upload upload) {
    MessageDigest digest = Sha256.digest();
    List<ChunkRef> refs = new ArrayList<>();
    byte[] bytes = next();
    if (bytes.length <= Content.INLINE_BYTES_MAX) {
      digest.update(bytes);
      checkLength();
      return new Body(new Content.Inline(Bytes.wrap(bytes)), Bytes.wrap(digest.digest()));
    }
    while (bytes.length > 0) {
      if (refs.size() >= Content.CHUNKS_MAX) {
        throw new ObjectException.BodyTooLarge(Content.SIZE_BYTES_MAX);
      }
      digest.update(bytes);
      Chunk chunk = Chunk.of(bytes);
      refs.add(chunk.ref());
      try (BodyBuffers.Reserved _ = received) {
        upload.send(chunk, buffers.sending(bytes.length));
      }
      if (upload.alive().isEmpty()) {
        throw new ReplicasLostException();
      }
      // A short chunk was the last one.
      bytes = bytes.length < Content.FIXED_CHUNK_BYTES ? new byte[0] : next();
    }
    checkLength();
    return new Body(new Content.Chunked(refs), Bytes.wrap(digest.digest()));
  }

  /** Fails when the body does not end here, or not where it was announced to. */
  void checkLength() {
    if (announced >= 0 && (sizeBytes != announced || isMore())) {
      throw new ObjectException.BodyIncomplete(
          new IOException(sizeBytes + " bytes came, " + announced + " were announced"));
    }
  }

  /** Whether more of it comes, whatever was announced. */
  boolean isMore() {
    try {
      return in.read() >= 0;
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** What the chunk that was read last takes in memory, to be closed by who has it then. */
  BodyBuffers.Reserved received() {
    return received;
  }

  /** The next chunk, shorter only at the end: as much as was announced is allocated, not more. */
  byte[] next() {
    int length =
        announced < 0
            ? Content.FIXED_CHUNK_BYTES
            : (int) Math.min(Content.FIXED_CHUNK_BYTES, announced - sizeBytes);
    int headLength = Math.min(length, BodyBuffers.HEAD_BYTES);
    byte[] head = read(headLength);
    received = BodyBuffers.NOTHING;
    if (head.length < headLength || headLength == length) {
      sizeBytes += head.length;
      return head;
    }
    BodyBuffers.Reserved room = buffers.reading(length);
    try {
      byte[] chunk = Arrays.copyOf(head, length);
      int came = head.length + in.readNBytes(chunk, head.length, length - head.length);
      sizeBytes += came;
      received = room;
      return came == length ? chunk : Arrays.copyOf(chunk, came);
    } catch (IOException e) {
      room.close();
      throw broken(e);
    }
  }

  private byte[] read(int length) {
    try {
      return in.readNBytes(length);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  static ObjectException broken(IOException failure) {
    return failure instanceof SocketTimeoutException timeout
        ? new ObjectException.BodyTimeout(timeout)
        : new ObjectException.BodyIncomplete(failure);
  }
}
