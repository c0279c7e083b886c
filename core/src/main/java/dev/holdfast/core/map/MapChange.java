// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import org.jspecify.annotations.Nullable;

/**
 * One change of one key.
 *
 * @param value as {@link MapValue} encodes it; null to delete
 * @param expected {@link #ANY}, {@link #ABSENT}, or the version that the key must have
 */
public record MapChange(EntryKey key, @Nullable Bytes value, long expected) {
  public static final long ANY = -1;
  public static final long ABSENT = 0;

  public MapChange {
    if (value != null && MapValue.sizeBytes(value) > MapValue.BYTES_MAX) {
      throw new IllegalArgumentException(
          "A value has at most " + MapValue.BYTES_MAX + " bytes; store larger ones as objects");
    }
    if (expected < ANY) {
      throw new IllegalArgumentException("No version is " + expected);
    }
  }

  public static MapChange put(String map, String key, byte[] value, long expected) {
    return put(map, key, value, expected, Expiry.NEVER);
  }

  public static MapChange put(String map, String key, byte[] value, long expected, Expiry expiry) {
    return new MapChange(key(map, key), MapValue.encode(value, expiry), expected);
  }

  public static MapChange delete(String map, String key, long expected) {
    return new MapChange(key(map, key), null, expected);
  }

  /** The session whose end ends the entry; null when there is none. */
  @Nullable String boundTo() {
    return value != null && MapValue.expiry(value) instanceof Expiry.WithSession(String session)
        ? session
        : null;
  }

  /** Bytes that the key and its value count for; 0 when it is deleted. */
  public int sizeBytes() {
    return value == null ? 0 : key.value().length() + value.length();
  }

  private static EntryKey key(String map, String key) {
    Names.require(map, Names.mapProblem(map));
    Names.require(key, Names.mapKeyProblem(key));
    return Keys.mapEntry(map, key);
  }
}
