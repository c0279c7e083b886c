// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which version of an object is read, and which part of it. Immutable: each method gives changed
 * options.
 *
 * @param mode which head, when there are several; null for what the node has, {@link
 *     Mode#PREFERRED}
 * @param version the id of one version, also of the past; null for a head
 * @param range null for all bytes
 */
public record ReadOptions(
    @Nullable Mode mode, @Nullable String version, @Nullable ByteRange range) {
  /** The preferred head, all of it. */
  public static final ReadOptions DEFAULT = new ReadOptions(null, null, null);

  /** Which head a reader wants. */
  public enum Mode {
    /**
     * The confirmed head; on a node that is cut off the one that it knows; where nothing is
     * confirmed, the latest provisional one.
     */
    PREFERRED,
    /** The confirmed head, read linearizably, or {@link UnavailableException}. */
    CONFIRMED_ONLY,
    /** The latest head, provisional ones too. */
    PROVISIONAL_ALLOWED;

    /** Its name in requests. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public ReadOptions {
    if (mode != null && version != null) {
      throw new IllegalArgumentException("a version is one already: a mode chooses a head");
    }
  }

  /** Instead of a version. */
  public ReadOptions mode(Mode head) {
    return new ReadOptions(head, null, range);
  }

  /** Instead of a mode. */
  public ReadOptions version(String id) {
    return new ReadOptions(null, id, range);
  }

  public ReadOptions range(@Nullable ByteRange part) {
    return new ReadOptions(mode, version, part);
  }

  /** What the query says, with {@code &} between; empty when it says nothing. */
  String query() {
    List<String> said = new ArrayList<>();
    if (mode != null) {
      said.add("read=" + mode.label());
    }
    if (version != null) {
      said.add("version=" + version);
    }
    return String.join("&", said);
  }
}
