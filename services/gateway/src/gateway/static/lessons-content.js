// Puts the text of a lesson on the page. The server has sanitised it; here only what a lesson may have is copied.
import { box, element } from "/try/page.js";

const TAGS = new Set("p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong a img hr br div".split(" "));
const TOP = 3; // the heading of the page is h1, that of the lesson h2
const HEADING = /^h([1-6])$/;

// Answers the nodes of the text; `placeOf(id)` makes what stands for an exercise.
export function contentOf(html, placeOf) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const levels = [...parsed.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => Number(each.localName[1]));
  const down = TOP - Math.min(...levels, TOP);
  return copied(parsed.body, { placeOf, down });
}

function copied(parent, how) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    if (!TAGS.has(node.localName)) return copied(node, how);
    if (node.dataset.exercise !== undefined) return [how.placeOf(node.dataset.exercise)];
    return [made(node, how)];
  });
}

function made(node, how) {
  const level = HEADING.exec(node.localName)?.[1];
  const tag = level ? `h${Math.min(6, Number(level) + how.down)}` : node.localName;
  const copy = box(tag, attributesOf(node), ...copied(node, how));
  if (tag === "pre") copy.tabIndex = 0; // it may be wider than a phone
  return copy;
}

function attributesOf(node) {
  if (node.localName === "a") return linkOf(node);
  if (node.localName === "img") return { src: pictureOf(node), alt: node.getAttribute("alt") ?? "", loading: "lazy" };
  return node.localName === "ol" && node.hasAttribute("start") ? { start: node.getAttribute("start") } : {};
}

function linkOf(node) {
  const address = node.getAttribute("href") ?? "";
  return address.startsWith("https:") ? { href: address, rel: "noopener noreferrer", target: "_blank" } : {};
}

function pictureOf(node) {
  const address = node.getAttribute("src") ?? "";
  return address.startsWith("/media/lessons/") ? address : "data:,";
}

// A text with what stands between backquotes as code.
export function prose(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", part) : part));
}
