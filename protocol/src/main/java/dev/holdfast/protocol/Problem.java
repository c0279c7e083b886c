// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An error answer, {@code application/problem+json}.
 *
 * @param code stable, in capitals, listed in docs/reference/errors.md
 * @param detail what went wrong, with the values
 * @param next what the caller can do now
 * @param members further members of the document, such as {@code position}
 */
public record Problem(
    int status, String code, String detail, String next, Map<String, Object> members) {
  public static final String MEDIA_TYPE = "application/problem+json";

  public Problem {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  public Problem(int status, String code, String detail, String next) {
    this(status, code, detail, next, Map.of());
  }

  @JsonCreator
  static Problem read(
      @JsonProperty("status") int status,
      @JsonProperty("code") String code,
      @JsonProperty("detail") @Nullable String detail,
      @JsonProperty("next") @Nullable String next,
      @JsonAnySetter @Nullable Map<String, Object> members) {
    return new Problem(
        status,
        code,
        detail == null ? "" : detail,
        next == null ? "" : next,
        members == null ? Map.of() : members);
  }

  @Override
  @JsonAnyGetter
  public Map<String, Object> members() {
    return members;
  }
}
