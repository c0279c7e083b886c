// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.List;
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
 * @param terms what is reached before the answer, and the parents
 */
public record WriteOptions(
    Map<String, String> metadata,
    @Nullable String contentType,
    @Nullable String ifMatch,
    boolean ifAbsent,
    @Nullable Fence fence,
    WriteTerms terms) {
  public static final WriteOptions NONE =
      new WriteOptions(Map.of(), null, null, false, null, WriteTerms.DEFAULT);

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
    return new WriteOptions(more, contentType, ifMatch, ifAbsent, fence, terms);
  }

  public WriteOptions contentType(String type) {
    return new WriteOptions(metadata, type, ifMatch, ifAbsent, fence, terms);
  }

  /** Refuse ({@link RefusedException}, status 412) unless this is the current version. */
  public WriteOptions ifMatch(String version) {
    return new WriteOptions(metadata, contentType, version, false, fence, terms);
  }

  /** Refuse ({@link RefusedException}, status 412) if the key exists. */
  public WriteOptions onlyIfAbsent() {
    return new WriteOptions(metadata, contentType, null, true, fence, terms);
  }

  /** Refuse ({@link RefusedException}, code {@code FENCED}) once the lock has moved on. */
  public WriteOptions fence(Fence grant) {
    return new WriteOptions(metadata, contentType, ifMatch, ifAbsent, grant, terms);
  }

  /** How many copies are fsynced before the answer. */
  public WriteOptions durability(WriteTerms.Durability copies) {
    return terms(terms.durability(copies));
  }

  /** Whether the cluster agrees before the answer. */
  public WriteOptions consistency(WriteTerms.Consistency agreement) {
    return terms(terms.consistency(agreement));
  }

  /**
   * What the version follows, by the ids that a read or a write answered: for who worked offline.
   * When one of them is not the head any more, the write becomes a branch, and the answer says so.
   */
  public WriteOptions parents(String... versions) {
    return terms(terms.parents(List.of(versions)));
  }

  public WriteOptions terms(WriteTerms other) {
    return new WriteOptions(metadata, contentType, ifMatch, ifAbsent, fence, other);
  }
}
