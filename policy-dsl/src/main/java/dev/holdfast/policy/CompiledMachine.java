// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.MachineSchema;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A machine that can run.
 *
 * @param canonical the document in its one form
 * @param hash SHA-256 of it, in hexadecimal digits: what objects are pinned to
 * @param expressions the texts of what cannot be read from the schema, by place: {@code
 *     transitions.acquire.require}, for diagrams and for what differs between two versions
 * @param tests that the document brings
 */
public record CompiledMachine(
    MachineSchema schema,
    String canonical,
    String hash,
    Map<String, List<String>> expressions,
    List<MachineTest> tests) {
  public CompiledMachine {
    expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
    tests = List.copyOf(tests);
  }

  public String name() {
    return schema.name();
  }
}
