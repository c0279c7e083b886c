// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.spi.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The chunks of an object, as a client names them: a line each, {@code SHA-256 LENGTH}. The same
 * bytes have one manifest only, that of a plain PUT: so the same version never has two.
 */
final class UploadManifest {
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) ([1-9][0-9]{0,6})");
  private static final int LINE_BYTES_MAX = 64 + 1 + 7 + 1;

  static final int BYTES_MAX = Content.CHUNKS_MAX * LINE_BYTES_MAX;

  private UploadManifest() {}

  /**
   * @throws ObjectException.UploadRefused with the first line that is wrong
   */
  static List<ChunkRef> parse(byte[] text) {
    if (text.length > BYTES_MAX) {
      throw refused("it has more than " + Content.CHUNKS_MAX + " chunks");
    }
    List<ChunkRef> refs = new ArrayList<>();
    for (String line : new String(text, StandardCharsets.ISO_8859_1).lines().toList()) {
      var matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw refused(
            "line %d is not a SHA-256 in lower-case hex, a space and a length"
                .formatted(refs.size() + 1));
      }
      int length = Integer.parseInt(matcher.group(2));
      if (length > Content.FIXED_CHUNK_BYTES) {
        throw refused("line %d has a chunk of %d bytes".formatted(refs.size() + 1, length));
      }
      Bytes hash = Bytes.wrap(HexFormat.of().parseHex(matcher.group(1)));
      refs.add(new ChunkRef(ChunkRef.SHA_256, hash, length));
    }
    check(refs);
    return refs;
  }

  private static void check(List<ChunkRef> refs) {
    if (refs.size() > Content.CHUNKS_MAX) {
      throw refused("it has more than " + Content.CHUNKS_MAX + " chunks");
    }
    for (int i = 0; i + 1 < refs.size(); i++) {
      if (refs.get(i).length() != Content.FIXED_CHUNK_BYTES) {
        throw refused(
            "line %d has %d bytes: only the last chunk is shorter than %d"
                .formatted(i + 1, refs.get(i).length(), Content.FIXED_CHUNK_BYTES));
      }
    }
  }

  static long sizeBytes(List<ChunkRef> refs) {
    return refs.stream().mapToLong(ChunkRef::length).sum();
  }

  private static ObjectException refused(String why) {
    return new ObjectException.UploadRefused(new UploadRefusal.BadManifest(why));
  }
}
