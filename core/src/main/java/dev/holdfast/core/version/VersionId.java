// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.spi.Bytes;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of a version: a hash of what it is, so the same change made twice is one version.
 * Author, time and dots are no part of it.
 *
 * @param value 64 digits of lower-case hex
 */
public record VersionId(String value) implements Comparable<VersionId> {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public VersionId {
    if (!HEX.matcher(value).matches()) {
      throw new IllegalArgumentException("A version id has 64 digits of lower-case hex: " + value);
    }
  }

  static VersionId of(Bytes hash) {
    return new VersionId(hash.toHex());
  }

  public byte[] bytes() {
    return HexFormat.of().parseHex(value);
  }

  @Override
  public int compareTo(VersionId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
