/**
 * Sessions in the node: those that it hosts and their deadlines, keep-alives and adoptions. What an
 * ended session leaves behind is released in {@code node.lock}.
 */
@NullMarked
package dev.holdfast.node.session;

import org.jspecify.annotations.NullMarked;
