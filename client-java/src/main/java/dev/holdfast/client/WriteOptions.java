// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Conditions and description of a write. Immutable: each method gives changed options.
 *
 * @param metadata kept with the version, names in lower case; values without controls
 * @param ifMatch refuse unless this is the current version
 * @param ifAbsent refuse if the key exists
 * @param fence refuse once the lock has moved on
 */
public record WriteOptions(
    Map<String, String> metadata,
    @Nullable String contentType,
    @Nullable String ifMatch,
    boolean ifAbsent,
    @Nullable Fence fence) {
  public static final WriteOptions NONE = new WriteOptions(Map.of(), null, null, false, null);

  public WriteOptions {
    metadata = Map.copyOf(metadata);
    metadata.forEach((name, value) -> {
      if (!name.matches("[a-z0-9][a-z0-9_.-]{0,63}")) {
        throw new IllegalArgumentException(
            "a metadata name has 1 to 64 of a-z 0-9 . _ -, and begins with a letter or digit: "
                + name);
      }
      if (value.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
        throw new IllegalArgumentException("the value of metadata '" + name + "' has controls");
      }
    });
  }

  public WriteOptions metadata(String name, String value) {
    Map<String, String> more = new TreeMap<>(metadata);
    more.put(name, value);
    return new WriteOptions(more, contentType, ifMatch, ifAbsent, fence);
  }

  public WriteOptions contentType(String type) {
    return new WriteOptions(metadata, type, ifMatch, ifAbsent, fence);
  }

  /** Refuse ({@link RefusedException}, status 412) unless this is the current version. */
  public WriteOptions ifMatch(String version) {
    return new WriteOptions(metadata, contentType, version, false, fence);
  }

  /** Refuse ({@link RefusedException}, status 412) if the key exists. */
  public WriteOptions onlyIfAbsent() {
    return new WriteOptions(metadata, contentType, null, true, fence);
  }

  /** Refuse ({@link RefusedException}, code {@code FENCED}) once the lock has moved on. */
  public WriteOptions fence(Fence grant) {
    return new WriteOptions(metadata, contentType, ifMatch, ifAbsent, grant);
  }
}
