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

/** Cuts a body into chunks and sends them off as they come, a megabyte at a time. */
final class BodyReader {
  private BodyReader() {}

  /**
   * @param sha256 of all bytes
   */
  record Body(Content content, Bytes sha256) {
    static final Body EMPTY = new Body(Content.NONE, Sha256.of(new byte[0]));
  }

  /**
   * @param announced the length that was announced, -1 for none
   * @throws dev.holdfast.node.http.ProblemException when the body is cut short, or too long, or no
   *     holder is left
   */
  static Body read(InputStream in, long announced, Upload upload) {
    MessageDigest digest = Sha256.digest();
    List<ChunkRef> refs = new ArrayList<>();
    byte[] bytes = next(in);
    long sizeBytes = bytes.length;
    Content content;
    if (bytes.length <= Content.INLINE_BYTES_MAX) {
      digest.update(bytes);
      content = new Content.Inline(Bytes.wrap(bytes));
    } else {
      while (bytes.length > 0) {
        if (refs.size() >= Content.CHUNKS_MAX) {
          throw Problems.tooLarge(Content.SIZE_BYTES_MAX);
        }
        digest.update(bytes);
        Chunk chunk = Chunk.of(bytes);
        refs.add(chunk.ref());
        upload.send(chunk);
        if (upload.alive().isEmpty()) {
          throw upload.isAnyDiskFull()
              ? Problems.diskFull("The disks of all chosen nodes are full.")
              : Problems.noMajority("All chosen nodes dropped out while the body was sent.");
        }
        // A short chunk was the last one.
        bytes = bytes.length < Content.FIXED_CHUNK_BYTES ? new byte[0] : next(in);
        sizeBytes += bytes.length;
      }
      content = new Content.Chunked(refs);
    }
    if (announced >= 0 && sizeBytes != announced) {
      throw Problems.bodyIncomplete(
          new IOException(sizeBytes + " bytes came, " + announced + " were announced"));
    }
    return new Body(content, Bytes.wrap(digest.digest()));
  }

  private static byte[] next(InputStream in) {
    try {
      // Small bodies are common: a megabyte is allocated only when there is so much.
      byte[] head = in.readNBytes(Content.INLINE_BYTES_MAX + 1);
      if (head.length <= Content.INLINE_BYTES_MAX) {
        return head;
      }
      byte[] buffer = Arrays.copyOf(head, Content.FIXED_CHUNK_BYTES);
      int length = head.length + in.readNBytes(buffer, head.length, buffer.length - head.length);
      return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
    } catch (SocketTimeoutException e) {
      throw Problems.bodyTimeout(e);
    } catch (IOException e) {
      throw Problems.bodyIncomplete(e);
    }
  }
}
