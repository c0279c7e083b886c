// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Operations of routes that tests make up. */
final class TestOperation {
  private TestOperation() {}

  /** Takes the query parameters {@code a} and {@code x}. */
  static Operation of(String method, String path) {
    String id = "test" + (method + path).replaceAll("[^A-Za-z]", "");
    return Operation.external(id, method, path, Operation.Scope.NONE, "Made up.")
        .query("a", "Of tests.")
        .query("x", "Of tests.");
  }
}
