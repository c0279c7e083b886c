// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.spi.merge.MergePolicy;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One merge policy of the configuration.
 *
 * @param name {@code plugin/policy}
 * @param contentTypes that it merges, as {@code type/subtype} in lower case
 * @param policy guarded: throws nothing, answers in time, and within the limits; empty when it gave
 *     no answer, and may give one later
 */
public record MergeRule(
    String name,
    Set<String> contentTypes,
    Function<MergePolicy.Request, Optional<MergePolicy.Outcome>> policy) {
  public MergeRule {
    contentTypes = Set.copyOf(contentTypes);
  }

  /**
   * @param contentType as a client gave it, with parameters
   */
  boolean handles(String contentType) {
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return contentTypes.contains(type.strip().toLowerCase(Locale.ROOT));
  }
}
