import "../common/base.css";

document.getElementById("app")!.textContent = "puente";
