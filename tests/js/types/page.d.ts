// What a selector finds is known from the templates, which no type checker reads: it may be any element.

interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}

interface Element {
  closest(selectors: string): any;
}

interface EventTarget {
  closest(selectors: string): any;
}
