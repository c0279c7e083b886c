// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

/**
 * Which version of an object is read.
 *
 * @param query what is behind the question mark of a request, or empty
 */
record ReadChoice(String query) {
  /** As the node prefers. */
  static final ReadChoice PREFERRED = new ReadChoice("");

  static ReadChoice version(String id) {
    return new ReadChoice("version=" + id);
  }

  static ReadChoice mode(String label) {
    return new ReadChoice("read=" + label);
  }

  String of(String path) {
    return query.isEmpty() ? path : path + "?" + query;
  }
}
