// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/**
 * Who asks. Everybody is anonymous until there are tokens.
 *
 * @param name for logs and as the author of what is written
 */
public record Principal(String name) {
  public static final Principal ANONYMOUS = new Principal("anonymous");
}
