/** Who asks, at any port. */
@NullMarked
package dev.holdfast.node.principal;

import org.jspecify.annotations.NullMarked;
