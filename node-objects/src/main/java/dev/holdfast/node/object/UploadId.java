// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.Keys;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Names an upload: who owns it, and 128 random bits. So a look at the id tells whether it is
 * somebody else's, and the uploads of one owner stand together.
 *
 * @param bytes {@link UploadRows#NAME_BYTES}
 */
record UploadId(Bytes bytes) {
  private static final int OWNER_BYTES = 8;
  private static final int TEXT_CHARS = 2 * UploadRows.NAME_BYTES;

  UploadId {
    if (bytes.length() != UploadRows.NAME_BYTES) {
      throw new IllegalArgumentException("The id of an upload has " + bytes.length() + " bytes");
    }
  }

  static UploadId fresh(Principal owner, RandomGenerator random) {
    byte[] chance = new byte[UploadRows.NAME_BYTES - OWNER_BYTES];
    random.nextBytes(chance);
    return new UploadId(
        Bytes.wrap(
            ByteBuffer.allocate(UploadRows.NAME_BYTES).put(mark(owner)).put(chance).array()));
  }

  /** Empty when it is no id, or not one of this owner. */
  static Optional<UploadId> parse(String text, Principal owner) {
    if (text.length() != TEXT_CHARS || !text.matches("[0-9a-f]+")) {
      return Optional.empty();
    }
    byte[] bytes = HexFormat.of().parseHex(text);
    return Arrays.equals(Arrays.copyOf(bytes, OWNER_BYTES), mark(owner))
        ? Optional.of(new UploadId(Bytes.wrap(bytes)))
        : Optional.empty();
  }

  static UploadId of(EntryKey entry) {
    return new UploadId(
        Bytes.wrap(HexFormat.of().parseHex(entry.value().substring(Keys.UPLOADS.length()))));
  }

  /** Before the ids of all uploads of an owner, as text. */
  static String prefix(Principal owner) {
    return HexFormat.of().formatHex(mark(owner));
  }

  private static byte[] mark(Principal owner) {
    String kind = owner.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    byte[] hash = Sha256.of(Bytes.utf8(kind + ':' + owner.name()).toArray()).toArray();
    return Arrays.copyOf(hash, OWNER_BYTES);
  }

  String text() {
    return bytes.toHex();
  }

  EntryKey entry() {
    return new EntryKey(Keys.UPLOADS + text());
  }

  EntryKey part(int number) {
    return new EntryKey(Keys.UPLOAD_PARTS + text() + '/' + number);
  }

  @Override
  public String toString() {
    return text();
  }
}
