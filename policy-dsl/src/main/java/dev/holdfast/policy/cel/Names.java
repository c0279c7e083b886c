// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.holdfast.spi.machine.DataField;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The names that an expression may use, besides {@code now} and the constants.
 *
 * @param records {@code old}, {@code new}, {@code args}, {@code data}: each with its fields
 * @param state whether {@code state} is one
 * @param surelyPresent the optional fields, as {@code old.holder}, that are never absent here
 */
public record Names(
    Map<String, Map<String, DataField>> records, boolean state, Set<String> surelyPresent) {
  public Names {
    records = Collections.unmodifiableMap(new LinkedHashMap<>(records));
    surelyPresent = Set.copyOf(surelyPresent);
  }
}
