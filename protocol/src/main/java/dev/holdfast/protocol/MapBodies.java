// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies and header names of {@code /v1/map} and {@code /v1/maps}. */
public final class MapBodies {
  /** Answer header of a local read: how old the answer may be. */
  public static final String AGE_HEADER = "Holdfast-Age-Millis";

  /** Request header of a PUT: how long the key stays, such as {@code 30s}; answer header too. */
  public static final String TTL_HEADER = "Holdfast-Ttl";

  /**
   * Request header of a PUT: the session that the key stays as long as. In an answer it is the
   * session's alias.
   */
  public static final String SESSION_HEADER = "Holdfast-Session";

  private MapBodies() {}

  /**
   * Answer of {@code PUT} and {@code DELETE /v1/map/{map}/{key}}.
   *
   * @param version of the key now; after a deletion the revision of it
   */
  public record Written(String map, String key, long version) {}

  /**
   * One entry of a list.
   *
   * @param value in base64, absent when values were not asked for
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entry(String key, long version, @Nullable String value) {}

  /**
   * {@code GET /v1/map?map=&prefix=}.
   *
   * @param entries in the order of their keys' UTF-8 bytes
   * @param next the {@code after} of the next page, absent on the last one
   * @param revision applied when the page was begun
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Page(String map, List<Entry> entries, @Nullable String next, long revision) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /**
   * {@code GET /v1/maps/{map}}.
   *
   * @param allBytes of all maps together
   * @param limitBytes of all maps together
   */
  public record Stats(
      String map, long entries, long bytes, long allBytes, long limitBytes, long revision) {}
}
