// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Transaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads a {@link StateFile} whole, so that an import that has begun is not stopped by what is in
 * the file: half a state keeps clients out of a cluster, and a revision that is too high cannot be
 * lowered again. What is wrong is told with the number of the record, which is its line.
 */
final class StateFileCheck {
  /**
   * Revisions count commits, and backends take them up to 2^62. So much is left above the base that
   * no cluster comes there, nor one that is exported and imported again and again.
   */
  static final long BASE_MAX = 1L << 61;

  private static final int CLUSTER_CHARS_MAX = 200;

  private final MessageDigest sha = Sha256.digest();
  private StateFile.@Nullable Head head;
  private @Nullable EntryKey last;

  /** The first one whose key is not above the one before, 0 for none. */
  private long unsorted;

  /** Of each key, by the number of its record: a set of the keys themselves might not fit. */
  private long[] hashes = new long[1_024];

  private int entries;
  private long record;

  private StateFileCheck() {}

  /**
   * @throws IOException says what is wrong, with the number of the record
   */
  static StateFile.Checked check(Path file) throws IOException {
    try (StateLines lines = new StateLines(Files.newInputStream(file))) {
      return new StateFileCheck().check(lines);
    }
  }

  private StateFile.Checked check(StateLines lines) throws IOException {
    for (byte[] line = next(lines); line != null; line = next(lines)) {
      JsonNode node = parse(line);
      if (node.has("sha256")) {
        return foot(node, lines);
      }
      if (head != null) {
        throw wrong("it follows the head, where only the foot may be");
      }
      if (node.has("format")) {
        head = head(node);
      } else {
        entry(node);
      }
      sha.update(line);
      sha.update((byte) '\n');
    }
    throw record == 1
        ? new IOException("it is empty")
        : new IOException("it ends behind record " + (record - 1) + ", without its foot");
  }

  private byte @Nullable [] next(StateLines lines) throws IOException {
    record++;
    try {
      return lines.next();
    } catch (IOException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private JsonNode parse(byte[] line) throws IOException {
    JsonNode node;
    try {
      node = StateFile.JSON.readTree(line);
    } catch (JacksonException e) {
      throw wrong("no line of an export", e);
    }
    boolean isEntry = node.path("key").isString() && node.path("value").isString();
    if (!isEntry && !node.has("format") && !node.path("sha256").isString()) {
      throw wrong("no line of an export");
    }
    return node;
  }

  private void entry(JsonNode node) throws IOException {
    EntryKey key;
    try {
      key = new EntryKey(node.path("key").asString(""));
    } catch (IllegalArgumentException e) {
      throw wrong("its key is none: " + e.getMessage(), e);
    }
    if (!StateFile.moves(key.value())) {
      throw wrong("its key " + key + " belongs to the nodes of a cluster, and does not move");
    }
    try {
      byte[] value = Base64.getDecoder().decode(node.path("value").asString(""));
      var _ = new Transaction(List.of(), List.of(new Change.Put(key, Bytes.wrap(value))));
    } catch (IllegalArgumentException e) {
      throw wrong("its value is no Base64: " + e.getMessage(), e);
    } catch (LimitExceededException e) {
      throw wrong("its value is too large: " + e.getMessage(), e);
    }
    if (unsorted == 0 && last != null && key.compareTo(last) <= 0) {
      unsorted = record;
    }
    last = key;
    if (entries == hashes.length) {
      hashes = Arrays.copyOf(hashes, entries * 2);
    }
    hashes[entries++] = hash(key);
  }

  /** Of a million keys two have the same by chance once in ten million files. */
  private static long hash(EntryKey key) {
    return ByteBuffer.wrap(Sha256.of(key.utf8()).toArray()).getLong();
  }

  private StateFile.Head head(JsonNode node) throws IOException {
    if (node.path("format").asInt(0) != StateFile.FORMAT) {
      throw wrong("it has another format than " + StateFile.FORMAT);
    }
    long revision = number(node, "revision", 0);
    long base = number(node, "base", revision + 1);
    long counted = number(node, "entries", 0);
    if (counted != entries) {
      throw wrong("it counts " + counted + " entries, and " + entries + " are before it");
    }
    if (node.path("sorted").asBoolean(false) && unsorted > 0) {
      throw wrong(unsorted, "its key is not above the one before it");
    }
    requireDifferentKeys();
    String cluster = node.path("cluster").asString("");
    if (cluster.length() > CLUSTER_CHARS_MAX) {
      throw wrong("the name of the cluster is too long");
    }
    return new StateFile.Head(revision, base, cluster);
  }

  private long number(JsonNode node, String name, long least) throws IOException {
    JsonNode value = node.path(name);
    boolean isLong = value.isIntegralNumber() && value.canConvertToLong();
    if (!isLong || value.asLong() < least || value.asLong() > BASE_MAX) {
      throw wrong(
          "the %s must be a number from %d to %d, not %s"
              .formatted(name, least, BASE_MAX, value.isMissingNode() ? "missing" : value));
    }
    return value.asLong();
  }

  private void requireDifferentKeys() throws IOException {
    if (unsorted == 0) {
      return;
    }
    long[] sorted = Arrays.copyOf(hashes, entries);
    Arrays.sort(sorted);
    for (int i = 1; i < entries; i++) {
      if (sorted[i] == sorted[i - 1]) {
        int again = entries - 1;
        while (hashes[again] != sorted[i]) {
          again--;
        }
        throw wrong(again + 1L, "its key is in the file twice");
      }
    }
  }

  private StateFile.Checked foot(JsonNode node, StateLines lines) throws IOException {
    if (head == null) {
      throw wrong("the foot comes before the head");
    }
    String sum = HexFormat.of().formatHex(sha.digest());
    if (!node.path("sha256").asString("").equals(sum)) {
      throw wrong("the checksum is not that of the records before it: one of them was changed");
    }
    if (next(lines) != null) {
      throw wrong("it follows the foot");
    }
    return new StateFile.Checked(head, entries, sum);
  }

  private IOException wrong(String what) {
    return wrong(record, what);
  }

  private IOException wrong(String what, Throwable cause) {
    return new IOException("record " + record + ": " + what, cause);
  }

  private static IOException wrong(long record, String what) {
    return new IOException("record " + record + ": " + what);
  }
}
