// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.Arrays;
import java.util.List;

/**
 * A code that clients may be answered, as docs/reference/errors.md lists it. Each feature declares
 * its own, beside what makes them.
 *
 * @param section of the reference
 * @param name stable, in capitals
 * @param statuses ascending; 429 and 503 say that a retry may help
 * @param meaning one sentence
 * @param next what the caller can do
 */
public record ProblemCode(
    String section, String name, List<Integer> statuses, String meaning, String next) {
  public static final String REQUESTS = "Requests";
  public static final String AGREEMENT = "Agreement";
  public static final String COORDINATION = "Sessions and locks";
  public static final String OBJECTS = "Objects";
  public static final String CLUSTER = "Cluster";
  public static final String SOCKET = "Session socket";

  public ProblemCode {
    statuses = List.copyOf(statuses);
    if (!name.matches("[A-Z]+(_[A-Z]+)*") || statuses.isEmpty()) {
      throw new IllegalArgumentException(name + " " + statuses);
    }
  }

  public static ProblemCode of(
      String section, String name, String meaning, String next, int... statuses) {
    return new ProblemCode(section, name, Arrays.stream(statuses).boxed().toList(), meaning, next);
  }
}
