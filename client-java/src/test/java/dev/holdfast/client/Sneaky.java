// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** Checked exceptions past the compiler, as Kotlin and Lombok throw them. */
final class Sneaky {
  private Sneaky() {}

  static RuntimeException sneaky(Exception checked) {
    return Sneaky.<RuntimeException>thrown(checked);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> RuntimeException thrown(Exception checked) throws E {
    throw (E) checked;
  }
}
